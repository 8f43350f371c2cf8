import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { execServer } from "../../../../test/stand-in/kubernetes/exec.ts";
import { ownedBy, podFacts } from "../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { factsOf } from "../../../transport/json.ts";
import { action as cordon } from "./cordon.ts";
import { action as drain } from "./drain.ts";
import { action as label } from "./label.ts";
import { action as networkPolicy } from "./network/kubernetes.ts";

const home = mkdtempSync(join(tmpdir(), "eyas-kubectl-"));

// Validates the stand-in that other tests use with the real client.
describe("the real kubectl against the stand-in", needs("kubectl"), () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    cluster.server.exec = execServer().serve;
    cluster.server.allowed = undefined;
  });

  async function kubectl(...words: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: cluster.server.kubeconfig };
    try {
      return { code: 0, ...(await promisify(execFile)("kubectl", words, { env, timeout: 20_000 })) };
    } catch (error) {
      const { code, stdout, stderr } = factsOf(error);
      return { code, stdout: String(stdout), stderr: String(stderr) };
    }
  }

  it("shows changes by actions", async () => {
    await cluster.run(label, cluster.about("shop", "web-1"), { labels: { suspicious: "yes" } });
    await cluster.run(cordon, cluster.about("shop", "web-1"));
    await cluster.run(networkPolicy, cluster.about("shop", "web-1"), { allow_cidr: ["10.0.0.0/8"] });
    cluster.server.allowed = undefined;
    expect(await kubectl("get", "pods", "-n", "shop", "-l", "suspicious=yes", "-o", "name")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("pod/web-1"),
    });
    expect((await kubectl("get", "node", "node-1", "-o", "jsonpath={.spec.unschedulable}")).stdout).toBe("true");
    const egress = "jsonpath={.spec.egress[0].to[0].ipBlock.cidr}";
    expect((await kubectl("get", "networkpolicy", "eyas-deployment-web", "-n", "shop", "-o", egress)).stdout).toBe(
      "10.0.0.0/8",
    );
  });

  it("runs exec like the action", needs("recent kubectl"), async () => {
    expect(
      await kubectl("exec", "-n", "shop", "web-1", "--", "sh", "-c", "echo out; echo err >&2; exit 3"),
    ).toMatchObject({
      code: 3,
      stdout: "out\n",
      stderr: expect.stringContaining("err\n"),
    });
  });

  it("drains like the action", needs("recent kubectl"), async () => {
    const put = () => cluster.server.put("pods", podFacts("shop", "log-1", ownedBy("DaemonSet", "log")));
    const outcome = () => ({
      pods: cluster.server.all("pods").map(({ metadata }) => factsOf(metadata).name),
      node: factsOf(cluster.server.get("nodes", "", "node-1")?.spec).unschedulable,
    });
    put();
    cluster.server.put("daemonsets", { metadata: { namespace: "shop", name: "log" } });
    const theirs = await kubectl("drain", "node-1", "--ignore-daemonsets", "--disable-eviction=false", "--timeout=15s");
    expect(theirs).toMatchObject({ code: 0, stdout: expect.stringContaining("node/node-1 drained") });
    const after = outcome();
    cluster.reset();
    put();
    const ours = await cluster.run(drain, cluster.about("shop", "web-1"), {
      ignore_daemonsets: true,
      max_wait_period: 15,
    });
    expect(ours).toMatchObject({ outcome: "done" });
    expect(outcome()).toEqual(after);
    expect(after).toEqual({ pods: ["log-1"], node: true });
  });

  it("creates role and binding of one action from response-rbac.yaml", async () => {
    const file = join(import.meta.dirname, "../../../../deploy/kubernetes/response-rbac.yaml");
    const made = await kubectl("create", "--validate=false", "-f", file, "-l", "eyas/action in (kubernetes-terminate)");
    expect(made.stderr).toBe("");
    expect(made.stdout.trim().split("\n").sort()).toEqual([
      "clusterrole.rbac.authorization.k8s.io/eyas-response-kubernetes-terminate created",
      "clusterrolebinding.rbac.authorization.k8s.io/eyas-response-kubernetes-terminate created",
    ]);
  });
});
