import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type Running, startRun } from "../bench/audit/run.ts";
import { home } from "../src/agent/home.ts";
import { openReader } from "../src/journal/read.ts";
import { makeCertificates } from "../src/output/certificates.fixture.ts";

const server = process.env.KUBE_APISERVER;
const tools = ["etcd", "kubectl", "openssl"].filter((tool) => spawnSync("which", [tool]).status !== 0);
const skipped =
  server === undefined
    ? " (skipped: KUBE_APISERVER names no kube-apiserver)"
    : tools.length > 0
      ? ` (skipped: there is no ${tools.join(", no ")})`
      : "";

const children: ChildProcess[] = [];
let eyas: Running | undefined;
afterEach(async () => {
  await eyas?.end("SIGKILL");
  for (const child of children.splice(0).reverse()) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await ended;
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const TOKEN = "trial-of-the-test";

/** etcd and an API server that sends its audit events with the files that come with Eyas. */
async function startCluster(folder: string, eyasPort: number) {
  const certificates = makeCertificates();
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const etcd = `http://127.0.0.1:${client}`;
  const start = (program: string, ...words: readonly string[]): void => {
    children.push(spawn(program, words, { stdio: "ignore" }));
  };
  start(
    "etcd",
    ...["--data-dir", join(folder, "etcd"), "--listen-client-urls", etcd, "--advertise-client-urls", etcd],
    ...["--listen-peer-urls", `http://127.0.0.1:${peer}`, "--initial-advertise-peer-urls", `http://127.0.0.1:${peer}`],
    ...["--initial-cluster", `default=http://127.0.0.1:${peer}`, "--unsafe-no-fsync"],
  );
  const key = join(folder, "accounts.key");
  spawnSync("openssl", ["genrsa", "-out", key, "2048"]);
  writeFileSync(join(folder, "tokens.csv"), `${TOKEN},admin,1,"system:masters"\n`);
  const webhook = readFileSync(join(home, "deploy/kubernetes/audit-webhook.yaml"), "utf8")
    .replace("127.0.0.1:9765", `127.0.0.1:${eyasPort}`)
    .replaceAll("/etc/kubernetes/eyas/", `${certificates.at("")}/`);
  writeFileSync(join(folder, "webhook.yaml"), webhook);
  start(
    server ?? "",
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, "certificates")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=Node,RBAC",
    "--disable-admission-plugins=ServiceAccount",
    `--audit-policy-file=${join(home, "deploy/kubernetes/audit-policy.yaml")}`,
    `--audit-webhook-config-file=${join(folder, "webhook.yaml")}`,
    "--audit-webhook-batch-max-wait=1s",
    "--audit-webhook-initial-backoff=1s",
    "--audit-webhook-truncate-enabled",
  );
  const kubectl = (...words: readonly string[]) => {
    const access = [`--server=https://127.0.0.1:${port}`, "--insecure-skip-tls-verify", `--token=${TOKEN}`];
    return spawnSync("kubectl", [...access, "--kubeconfig=/dev/null", ...words], { encoding: "utf8" });
  };
  for (let i = 0; kubectl("get", "--raw", "/readyz").stdout !== "ok"; i++) {
    if (i > 120) throw new Error("The API server doesn't begin.");
    await sleep(500);
  }
  return { certificates, kubectl };
}

function rulesIn(journal: string): Set<string> {
  const reader = openReader(journal);
  const rules = new Set(reader?.read(0, 100_000).map(({ rule }) => rule));
  reader?.close();
  return rules;
}

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "trial" },
  spec: { containers: [{ name: "trial", image: "example.com/trial", securityContext: { privileged: true } }] },
};

test.skipIf(skipped !== "")(
  `a real API server sends its audit events as the how-to has it, and again when nobody took them${skipped}`,
  { timeout: 180_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-kubernetes-"));
    const [journal, port] = [join(folder, "journal.db"), await freePort()];
    const { certificates, kubectl } = await startCluster(folder, port);
    const begin = async (): Promise<void> => {
      eyas = await startRun(
        journal,
        port,
        `sources.k8s_audit.from=https://127.0.0.1:${port}/k8s-audit`,
        `sources.k8s_audit.certificate=${certificates.at("server.crt")}`,
        `sources.k8s_audit.key=${certificates.at("server.key")}`,
        `sources.k8s_audit.client_authority=${certificates.at("ca.crt")}`,
      );
    };
    await begin();
    writeFileSync(join(folder, "pod.json"), JSON.stringify(pod));
    expect(kubectl("create", "-f", join(folder, "pod.json")).status).toBe(0);
    expect(
      kubectl("create", "clusterrolebinding", "trial", "--clusterrole=cluster-admin", "--user=mallory").status,
    ).toBe(0);
    await expect
      .poll(() => [...rulesIn(journal)], { timeout: 30_000 })
      .toEqual(expect.arrayContaining(["Privileged pod", "Role of cluster-admin given"]));

    await eyas?.end("SIGKILL");
    expect(kubectl("create", "configmap", "trial", "--from-literal=conf=password=hunter2").status).toBe(0);
    await sleep(2000);
    await begin();
    await expect.poll(() => [...rulesIn(journal)], { timeout: 60_000 }).toContain("Credential in a config map");
  },
);
