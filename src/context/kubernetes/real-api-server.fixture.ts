import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { certificate } from "./api-server.fixture.ts";

/** Why there is no real API server here, as a remark behind the names of tests; "" where there is one. */
export const noApiServer: string =
  process.env.KUBE_APISERVER === undefined
    ? " (skipped: KUBE_APISERVER names no kube-apiserver)"
    : spawnSync("etcd", ["--version"]).error || spawnSync("kubectl", ["version", "--client"]).error
      ? " (skipped: there is no etcd, or no kubectl)"
      : "";

/** A kube-apiserver with an etcd of its own. */
export interface RealApiServer {
  readonly url: URL;
  /** A folder with `ca.crt` and the `token` of the service account eyas/eyas. */
  readonly folder: string;
  /** `kubectl …` as an administrator; what it prints. */
  kubectl(input: unknown, ...words: readonly string[]): string;
  /** Ends the API server and starts it anew; etcd stays. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const ADMIN = "admin-token";
/** Milliseconds until it has to be ready. */
const PATIENCE = 60_000;

export async function startApiServer(): Promise<RealApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-kube-apiserver-"));
  const at = (name: string): string => join(folder, name);
  certificate(folder);
  execFileSync("openssl", ["genrsa", "-out", at("accounts.key"), "2048"], { stdio: "pipe" });
  writeFileSync(at("tokens.csv"), `${ADMIN},admin,1,system:masters\neyas-token,system:serviceaccount:eyas:eyas,2\n`);
  writeFileSync(at("token"), "eyas-token");
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const url = new URL(`https://127.0.0.1:${port}`);
  const [store, peers] = [client, peer].map((each) => `http://127.0.0.1:${each}`);
  const etcd = run(folder, "etcd", [
    ...["--data-dir", at("etcd"), "--listen-client-urls", store ?? "", "--advertise-client-urls", store ?? ""],
    ...["--listen-peer-urls", peers ?? "", "--initial-advertise-peer-urls", peers ?? ""],
    ...["--initial-cluster", `default=${peers}`, "--unsafe-no-fsync"],
  ]);
  const start = (): ChildProcess =>
    run(folder, process.env.KUBE_APISERVER ?? "", [
      ...[`--etcd-servers=${store}`, "--bind-address=127.0.0.1", `--secure-port=${port}`],
      ...["--advertise-address=127.0.0.1", "--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true"],
      ...[`--tls-cert-file=${at("ca.crt")}`, `--tls-private-key-file=${at("server.key")}`, `--cert-dir=${at("certs")}`],
      ...[
        `--service-account-key-file=${at("accounts.key")}`,
        `--service-account-signing-key-file=${at("accounts.key")}`,
      ],
      ...["--service-account-issuer=https://kubernetes.default.svc", `--token-auth-file=${at("tokens.csv")}`],
      ...["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"],
    ]);
  let server = start();

  function kubectl(input: unknown, ...words: readonly string[]): string {
    const options = [`--server=${url.origin}`, `--certificate-authority=${at("ca.crt")}`, `--token=${ADMIN}`];
    const env = { PATH: process.env.PATH, HOME: folder };
    return execFileSync("kubectl", [...options, ...words], {
      encoding: "utf8",
      env,
      ...(input !== undefined && { input: typeof input === "string" ? input : JSON.stringify(input) }),
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  async function ready(): Promise<void> {
    for (const end = Date.now() + PATIENCE; ; await sleep(200)) {
      try {
        if (kubectl(undefined, "get", "--raw", "/readyz") === "ok") return;
      } catch (error) {
        if (Date.now() > end || server.exitCode !== null) throw error;
      }
    }
  }

  await ready();
  return {
    url,
    folder,
    kubectl,
    async restart() {
      await ended(server);
      server = start();
      await ready();
    },
    async close() {
      await ended(server);
      await ended(etcd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function run(folder: string, program: string, words: readonly string[]): ChildProcess {
  const log = openSync(join(folder, "log"), "a");
  return spawn(program, words, { stdio: ["ignore", log, log], cwd: folder });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
