import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { object, ownedBy, podFacts } from "../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { factsOf } from "../../../transport/json.ts";
import type { Action } from "../../action.ts";
import { actions } from "../../list.ts";
import { action as cordon } from "./cordon.ts";
import { action as drain } from "./drain.ts";
import { action as networkPolicy } from "./network/kubernetes.ts";
import { action as reconnect } from "./network/kubernetes-reconnect.ts";
import { action as rescale } from "./rescale.ts";
import { action as scale } from "./scale.ts";
import { action as uncordon } from "./uncordon.ts";

const undone: readonly Action[] = (await Promise.all(Object.values(actions).map((load) => load()))).filter(
  ({ undoneBy }) => undoneBy !== undefined,
);

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const about = (name: string) => cluster.about("shop", name, { "fd.rip": "203.0.113.9" });
  const node = () => cluster.server.get("nodes", "", "node-1");
  const isCordoned = () => factsOf(node()?.spec).unschedulable;

  it.each(undone.map((action) => [action.name, action]))("the reversal of %s has the same target", async (_, one) => {
    const undo = await actions[one.undoneBy ?? ""]?.();
    for (const alert of [about("web-1"), about("web-2")])
      if ("target" in one.target(alert, {})) expect(undo?.target(alert, {})).toEqual(one.target(alert, {}));
  });

  it.each(["terminate", "drain", "cordon", "scale", "networkpolicy"])(
    "kubernetes:%s does nothing because of a request that failed",
    async (name) => {
      const action = await actions[`kubernetes:${name}`]!();
      const refused = { "ka.target.pod.name": "web-1", "ka.target.namespace": "shop", "ka.response.code": "403" };
      expect(await cluster.run(action, alertWith(refused))).toEqual({
        outcome: "skipped",
        reason: "the request failed with status 403 and changed no objects",
      });
      expect(cluster.server.asked).toEqual([]);
    },
  );

  it("uncordons a node that Eyas cordoned, after its pod is gone", async () => {
    const alert = about("web-1");
    expect(await cluster.run(cordon, alert)).toEqual({ outcome: "done", answer: "cordoned node node-1" });
    cluster.server.put("nodes", object("", "node-2"));
    cluster.server.all("pods");
    const pods = cluster.server.all("pods").length;
    expect(pods).toBeGreaterThan(0);
    expect(await cluster.run(uncordon, alert)).toEqual({ outcome: "done", answer: "uncordoned node node-1" });
    expect(isCordoned()).toBeUndefined();
    expect(factsOf(node()?.metadata).annotations).toEqual({});
    expect(await cluster.run(uncordon, alert)).toMatchObject({ outcome: "skipped" });
  });

  it("leaves a node that an administrator cordoned, before or after Eyas", async () => {
    cluster.server.put("nodes", object("", "node-1", { spec: { unschedulable: true } }));
    expect(await cluster.run(cordon, about("web-1"))).toEqual({
      outcome: "skipped",
      reason: "node node-1 is already cordoned",
    });
    expect(await cluster.run(uncordon, about("web-1"))).toEqual({
      outcome: "skipped",
      reason: "Eyas has cordoned no node for pod shop/web-1",
    });
    expect(isCordoned()).toBe(true);
  });

  it("cordons a node that it may not read, with the role of an earlier version", async () => {
    cluster.server.interrupt = (asked) => (asked === "GET /api/v1/nodes/node-1" ? { status: 403 } : undefined);
    expect(await cluster.run(cordon, about("web-1"))).toMatchObject({ outcome: "done" });
    expect(isCordoned()).toBe(true);
    expect(await cluster.run(uncordon, about("web-1"))).toMatchObject({ outcome: "skipped" });
  });

  it("a node stays cordoned until the last pod because of which it was cordoned is released", async () => {
    for (const name of ["web-1", "web-2", "web-2"])
      expect(await cluster.run(cordon, about(name))).toMatchObject({ outcome: "done" });
    expect(await cluster.run(uncordon, about("web-1"))).toEqual({
      outcome: "done",
      answer: "node node-1 stays cordoned because of other pods",
    });
    expect(isCordoned()).toBe(true);
    expect(await cluster.run(uncordon, about("web-2"))).toMatchObject({ answer: "uncordoned node node-1" });
  });

  it("uncordons a drained node, and retries after a conflict", async () => {
    const alert = about("web-1");
    expect(await cluster.run(drain, alert)).toMatchObject({ outcome: "done" });
    expect(cluster.server.all("pods")).toEqual([]);
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("PATCH") && times-- > 0) cluster.server.put("nodes", { ...node() });
      return undefined;
    };
    expect(await cluster.run(uncordon, alert)).toMatchObject({ outcome: "done" });
  });

  it("restores the replicas of the owner after its pods are gone, once", async () => {
    const alert = about("web-1");
    await cluster.run(scale, alert);
    const { metadata } = cluster.server.get("deployments", "shop", "web") ?? {};
    // Deployments copy annotations to their replica sets.
    const { annotations } = factsOf(metadata);
    const old = { ...ownedBy("Deployment", "web"), annotations };
    cluster.server.put("replicasets", object("shop", "web-old", { spec: { replicas: 0 } }, old));
    expect(await cluster.run(rescale, alert)).toEqual({
      outcome: "done",
      answer: "scaled Deployment shop/web from 0 to 2 replicas",
    });
    expect(cluster.server.get("deployments", "shop", "web")?.spec).toMatchObject({ replicas: 2 });
    expect(await cluster.run(rescale, alert)).toEqual({
      outcome: "skipped",
      reason: "Eyas has scaled no owner of pod shop/web-1 to zero",
    });
    expect(cluster.server.get("replicasets", "shop", "web-old")?.spec).toEqual({ replicas: 0 });
  });

  it.each([
    ["2", 5, "skipped", 5],
    ["0", 0, "failed", 0],
    ["9999999", 0, "failed", 0],
    ["1e3", 0, "failed", 0],
  ])("with the former number %s and %s current replicas, rescale is %s", async (former, replicas, outcome, after) => {
    const annotations = { "eyas/held-for": "shop/db-0", "eyas/former-replicas": former };
    cluster.server.put("statefulsets", object("shop", "db", { spec: { replicas } }, { annotations }));
    cluster.server.put("pods", podFacts("shop", "db-0"));
    expect(await cluster.run(rescale, about("db-0"))).toMatchObject({ outcome });
    expect(cluster.server.get("statefulsets", "shop", "db")?.spec).toEqual({ replicas: after });
  });

  it.each(["kubernetes", "calico", "cilium"])("%s: removes the policy after the last pod", async (platform) => {
    const deny = await actions[`${platform}:networkpolicy`]!();
    const undo = await actions[`${platform}:reconnect`]!();
    const resource = {
      kubernetes: "networkpolicies",
      calico: "networkpolicies.projectcalico.org",
      cilium: "ciliumnetworkpolicies",
    }[platform]!;
    for (const name of ["web-1", "web-2"])
      expect(await cluster.run(deny, about(name))).toMatchObject({ outcome: "done" });
    expect(await cluster.run(undo, about("web-1"))).toMatchObject({
      answer: expect.stringMatching(/ shop\/eyas-deployment-web remains because of other pods$/),
    });
    expect(cluster.server.all(resource)).toHaveLength(1);
    expect(await cluster.run(undo, about("web-2"))).toMatchObject({
      answer: expect.stringMatching(/^deleted \w+ shop\/eyas-deployment-web$/),
    });
    expect(cluster.server.all(resource)).toEqual([]);
    expect(await cluster.run(undo, about("web-2"))).toMatchObject({ outcome: "skipped" });
  });

  it("also removes a policy that an earlier version named without the kind of the owner", async () => {
    const annotations = { "eyas/held-for": "shop/web-1" };
    const labels = { "app.kubernetes.io/managed-by": "eyas" };
    cluster.server.put("networkpolicies", object("shop", "eyas-web", {}, { annotations, labels }));
    await cluster.run(networkPolicy, about("web-1"));
    const answer = "deleted NetworkPolicy shop/eyas-web; deleted NetworkPolicy shop/eyas-deployment-web";
    expect(await cluster.run(reconnect, about("web-1"))).toEqual({ outcome: "done", answer });
    expect(cluster.server.all("networkpolicies")).toEqual([]);
  });

  it("keeps a policy that was changed for another pod in the meantime, and policies that Eyas does not manage", async () => {
    await cluster.run(networkPolicy, about("web-1"));
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("DELETE") && times-- > 0) {
        cluster.server.interrupt = () => undefined;
        const facts = cluster.server.get("networkpolicies", "shop", "eyas-deployment-web") ?? {};
        const annotations = { "eyas/held-for": "shop/web-1,shop/web-2" };
        cluster.server.put("networkpolicies", { ...facts, metadata: { ...factsOf(facts.metadata), annotations } });
      }
      return undefined;
    };
    expect(await cluster.run(reconnect, about("web-1"))).toMatchObject({
      answer: "NetworkPolicy shop/eyas-deployment-web remains because of other pods",
    });
    const annotations = { "eyas/held-for": "shop/web-1" };
    cluster.server.put("networkpolicies", object("shop", "theirs", {}, { annotations }));
    expect(await cluster.run(reconnect, about("web-1"))).toMatchObject({ outcome: "skipped" });
    expect(cluster.server.all("networkpolicies")).toHaveLength(2);
  });
});
