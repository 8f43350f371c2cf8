import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiServer } from "../../test/stand-in/kubernetes/watched-api-server.ts";
import { home } from "../agent/home.ts";
import { entry } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";

// All tests use the stand-in of watched-api-server.ts.

const folder = mkdtempSync(join(tmpdir(), "eyas-posture-"));
const journal = join(folder, "journal.db");
const server = new ApiServer();
let kubeconfig: string;

beforeAll(async () => {
  await server.open();
  server.put("clusterrolebindings", {
    metadata: { name: "ops", creationTimestamp: "2026-11-20T08:00:00Z" },
    roleRef: { kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "User", name: "maria\u001b[2J\ncritical  faked" }],
  });
  server.put("pods", {
    metadata: { name: "web", namespace: "shop", creationTimestamp: "2026-11-20T08:00:00Z" },
    spec: { containers: [{ name: "main", securityContext: { privileged: true } }] },
  });
  kubeconfig = server.writeKubeconfig();
  const writer = openWriter(journal, { maxAge: 0, maxSize: 0 });
  const time = BigInt(Date.parse("2026-11-20T08:00:01Z")) * 1_000_000n;
  const fields = {
    "ka.user.name": "bob",
    "ka.resp.name": "web",
    "ka.target.namespace": "shop",
    "ka.req.pod.containers.image": "web",
  };
  writer.append([entry(1, { time, rule: "Privileged pod created", source: "k8s_audit" }, fields)]);
  writer.close();
});
afterAll(() => server.close());

/** Runs `eyas posture`. */
function posture(...words: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const command = ["posture", "--kubeconfig", kubeconfig, "--journal", journal, ...words];
  return new Promise((resolve) => {
    execFile(join(home, "bin/eyas"), command, { encoding: "utf8" }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

test("lists findings with the user who made the change; names cannot control the terminal or start lines (stand-in)", async () => {
  const { status, stdout, stderr } = await posture();
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^high {6}Full access to the cluster: ClusterRoleBinding ops\n {4}User maria\\x1b\[2J critical {2}faked /m,
  );
  expect(stdout).toMatch(/^high {6}Privileged container: Pod shop\/web, container main\n/m);
  expect(stdout).toMatch(
    /Changed by bob at 2026-11-20T08:00:01\S*: Privileged pod created \(eyas alerts --show [0-9a-f-]{36}\)/,
  );
  expect(stdout.match(/^critical/gm)).toBeNull();
  expect(stderr).toMatch(/^2 findings at https:\/\/127\.0\.0\.1:\d+, from 1 pod in the cluster\.\n$/);
});

test("--json prints one object per line; filters select (stand-in)", async () => {
  const { stdout } = await posture("--json", "--category", "workload", "--namespace", "shop", "web");
  expect(JSON.parse(stdout)).toMatchObject({ kind: "privileged", object: { name: "web" }, change: { user: "bob" } });
});

test("a missing permission is reported, and the other findings are listed (stand-in)", async () => {
  server.allowed = new Set(["/pods/list"]);
  const { status, stdout, stderr } = await posture();
  server.allowed = undefined;
  expect([status, stdout.match(/^\w+/gm)]).toEqual([0, ["high"]]);
  expect(stderr).toContain(
    "Missing permission: list ingresses (networking.k8s.io). Not shown: ingresses without TLS.\n",
  );
});

test("exits with 1 and the reason if the API server cannot be read (stand-in)", async () => {
  server.tokens = new Set();
  const { status, stdout, stderr } = await posture();
  server.tokens = new Set(["first"]);
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("not all clusterroles could be read: the API server does not accept the credentials (401)");
});

test.each([
  [["--severity", "loud"], 'Invalid --severity "loud": expected critical, high, medium, low.'],
  [["-o", "kubernetes.enabled=false", "--kubeconfig", ""], "No API server is configured: "],
])("%j is an error", async (words, message) => {
  const { status, stderr } = await posture(...words);
  expect([status, stderr]).toEqual([1, expect.stringContaining(`eyas: ${message}`)]);
});
