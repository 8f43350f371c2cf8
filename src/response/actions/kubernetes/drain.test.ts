import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { requestFor } from "../../../../test/response/alert.ts";
import { granted, startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { object, ownedBy, podFacts } from "../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { factsOf } from "../../../transport/json.ts";
import { action as cordon } from "./cordon.ts";
import { action as drain } from "./drain.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => {
    cluster.reset();
    const { server } = cluster;
    server.put("pods", podFacts("shop", "log-1", ownedBy("DaemonSet", "log")));
    server.put("pods", podFacts("data", "db-0", ownedBy("StatefulSet", "db")));
    server.put("pods", podFacts("data", "lone"));
    server.put("pods", podFacts("kube-system", "coredns-1"));
    server.put("pods", podFacts("shop", "web-3", {}, { nodeName: "node-2" }));
  });

  const there = (): unknown[] => cluster.server.all("pods").map(({ metadata }) => factsOf(metadata).name);

  it("cordons the node of the pod", async () => {
    expect(await cluster.run(cordon, cluster.about("shop", "web-1"))).toEqual({
      outcome: "done",
      answer: "cordoned node node-1",
    });
    expect(cluster.server.get("nodes", "", "node-1")).toMatchObject({ spec: { unschedulable: true } });
  });

  it("cordons the node and evicts its pods, except in protected namespaces", async () => {
    expect(await cluster.run(drain, cluster.about("shop", "web-1"))).toEqual({
      outcome: "done",
      answer: "node node-1: evicted 5 pods, 1 not evicted",
    });
    expect(there()).toEqual(["coredns-1", "web-3"]);
    expect(cluster.server.asked.slice(0, 4)).toEqual([
      "GET /api/v1/namespaces/shop/pods/web-1",
      "GET /api/v1/nodes/node-1",
      "PATCH /api/v1/nodes/node-1",
      "GET /api/v1/pods",
    ]);
  });

  it("evicts no pods of namespaces in responses.never, regardless of the alert's namespace", async () => {
    const { server } = cluster;
    server.allowed = granted(drain);
    const request = requestFor(drain, cluster.about("shop", "web-1"), { kubeconfig: server.kubeconfig });
    expect(await drain.run({ ...request, protectedNamespaces: ["data"] })).toEqual({
      outcome: "done",
      answer: "node node-1: evicted 3 pods, 3 not evicted",
    });
    expect(there()).toEqual(["db-0", "lone", "coredns-1", "web-3"]);
  });

  it("skips pods by owner and by number of ready replicas", async () => {
    cluster.server.put("statefulsets", object("data", "db", { spec: { replicas: 1 }, status: { readyReplicas: 1 } }));
    const given = { ignore_daemonsets: "true", min_healthy_replicas: "100%", cordon: "false" };
    expect(
      await cluster.run(drain, cluster.about("shop", "web-1"), { ...given, ignore_standalone_pods: true }),
    ).toEqual({
      outcome: "done",
      answer: "node node-1: evicted 3 pods, 3 not evicted",
    });
    expect(there()).toEqual(["log-1", "lone", "coredns-1", "web-3"]);
    expect(cluster.server.get("nodes", "", "node-1")).toMatchObject({ spec: {} });
    cluster.reset();
    const status = { readyReplicas: 1 };
    cluster.server.put(
      "replicasets",
      object("shop", "web-5d4f", { spec: { replicas: 2 }, status }, ownedBy("Deployment", "web")),
    );
    expect(await cluster.run(drain, cluster.about("shop", "web-1"), given)).toMatchObject({
      outcome: "done",
      answer: "node node-1: evicted 0 pods, 2 not evicted",
    });
  });

  it("fails for pods kept by a disruption budget, unless errors are ignored", async () => {
    cluster.server.budgets.set("shop/web-2", 2);
    const alert = cluster.about("shop", "web-1");
    expect(await cluster.run(drain, alert)).toEqual({
      outcome: "failed",
      reason: "node node-1: evicted 4 pods, 1 not evicted, 1 blocked by disruption budgets (shop/web-2)",
    });
    cluster.reset();
    cluster.server.budgets.set("shop/web-2", 2);
    expect(await cluster.run(drain, cluster.about("shop", "web-1"), { ignore_errors: "true" })).toEqual({
      outcome: "done",
      answer: "node node-1: evicted 1 pod, 1 blocked by disruption budgets (shop/web-2)",
    });
  });

  it("retries evictions for the wait period, except in excluded namespaces", async () => {
    cluster.server.budgets.set("shop/web-2", 1);
    cluster.server.budgets.set("data/lone", 1);
    const given = { max_wait_period: "4", wait_period_excluded_namespaces: ["data"] };
    expect(await cluster.run(drain, cluster.about("shop", "web-1"), given)).toEqual({
      outcome: "failed",
      reason: "node node-1: evicted 4 pods, 1 not evicted, 1 blocked by disruption budgets (data/lone)",
    });
    expect(there()).toEqual(["lone", "coredns-1", "web-3"]);
  });

  it("does not evict a pod that replaced another during the drain", async () => {
    const alert = cluster.about("shop", "web-1");
    cluster.server.interrupt = (asked) => {
      if (asked.includes("web-2/eviction")) cluster.server.put("pods", podFacts("shop", "web-2"));
      return undefined;
    };
    expect(await cluster.run(drain, alert)).toMatchObject({ outcome: "done" });
    expect(there()).toContain("web-2");
  });
});
