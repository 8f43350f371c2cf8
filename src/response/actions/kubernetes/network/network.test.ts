import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { object, ownedBy, podFacts } from "../../../../../test/stand-in/kubernetes/objects.ts";
import type { FieldValue } from "../../../../alert/record.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import { action as calico } from "./calico.ts";
import { action as cilium } from "./cilium.ts";
import { action as kubernetes } from "./kubernetes.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const web = (more: Readonly<Record<string, FieldValue>> = {}) => cluster.about("shop", "web-1", more);
  const policy = (resource = "networkpolicies", name = "eyas-deployment-web") =>
    cluster.server.get(resource, "shop", name);
  const CALICO = "networkpolicies.projectcalico.org";

  it("creates a NetworkPolicy that allows nothing, for all pods of the Deployment", async () => {
    expect(await cluster.run(kubernetes, web())).toEqual({
      outcome: "done",
      answer: "created NetworkPolicy shop/eyas-deployment-web",
    });
    expect(policy()).toMatchObject({
      metadata: {
        labels: { app: "web", tier: "front", "app.kubernetes.io/managed-by": "eyas" },
        annotations: { "eyas/rule": "Read sensitive file" },
      },
    });
    expect(policy()?.spec).toEqual({
      podSelector: { matchLabels: { app: "web", tier: "front" } },
      policyTypes: ["Egress"],
      egress: [],
    });
  });

  it("updates an existing policy, and keeps its other direction", async () => {
    await cluster.run(kubernetes, web(), { directions: ["ingress"] });
    const given = { allow_cidr: ["10.0.0.0/8", "2001:db8::1"], allow_namespaces: ["kube-system"] };
    expect(await cluster.run(kubernetes, web(), given)).toMatchObject({
      answer: "updated NetworkPolicy shop/eyas-deployment-web",
    });
    expect(policy()?.spec).toEqual({
      podSelector: { matchLabels: { app: "web", tier: "front" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        {
          to: [
            { ipBlock: { cidr: "10.0.0.0/8" } },
            { ipBlock: { cidr: "2001:db8::1/128" } },
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } },
          ],
        },
      ],
    });
  });

  it("does not change an unmanaged policy with the same name", async () => {
    cluster.server.put("networkpolicies", object("shop", "eyas-deployment-web", { spec: { podSelector: {} } }));
    expect(await cluster.run(kubernetes, web())).toEqual({
      outcome: "failed",
      reason: "NetworkPolicy shop/eyas-deployment-web exists and is not managed by Eyas",
    });
    expect(policy()?.spec).toEqual({ podSelector: {} });
  });

  it("creates no policy that would select all pods of a namespace", async () => {
    cluster.server.put("pods", podFacts("shop", "bare", { labels: { "pod-template-hash": "1" } }));
    expect(await cluster.run(kubernetes, cluster.about("shop", "bare"))).toEqual({
      outcome: "failed",
      reason: "pod shop/bare has no labels that a policy could select",
    });
  });

  it("creates no policy for a pod in the host network", async () => {
    cluster.server.put("pods", podFacts("shop", "host", { labels: { app: "host" } }, { hostNetwork: true }));
    expect(await cluster.run(kubernetes, cluster.about("shop", "host"))).toEqual({
      outcome: "skipped",
      reason: "pod shop/host uses the host network, to which policies do not apply",
    });
    expect(cluster.server.all("networkpolicies")).toEqual([]);
  });

  it("selects by the pod's labels without an owner, and by the selector of a DaemonSet", async () => {
    cluster.server.put("pods", podFacts("shop", "lone", { labels: { job: "one" } }));
    await cluster.run(kubernetes, cluster.about("shop", "lone"));
    expect(policy("networkpolicies", "eyas-pod-lone")?.spec).toMatchObject({
      podSelector: { matchLabels: { job: "one" } },
    });
    const selector = { matchExpressions: [{ key: "app", operator: "In", values: ["log", "logs"] }] };
    cluster.server.put("daemonsets", object("shop", "log", { spec: { selector } }));
    cluster.server.put("pods", podFacts("shop", "log-1", ownedBy("DaemonSet", "log")));
    const alert = cluster.about("shop", "log-1", { "fd.rip": "203.0.113.9" });
    await cluster.run(kubernetes, alert);
    expect(policy("networkpolicies", "eyas-daemonset-log")?.spec).toMatchObject({ podSelector: selector });
    await cluster.run(calico, alert);
    expect(policy(CALICO, "eyas-daemonset-log")?.spec).toMatchObject({ selector: "app in { 'log', 'logs' }" });
  });

  it("owners of different kinds with the same name have different policies", async () => {
    const selector = { matchLabels: { app: "db" } };
    cluster.server.put("statefulsets", object("shop", "web", { spec: { selector } }));
    cluster.server.put("pods", podFacts("shop", "web-0", ownedBy("StatefulSet", "web")));
    await cluster.run(kubernetes, web());
    expect(await cluster.run(kubernetes, cluster.about("shop", "web-0"))).toEqual({
      outcome: "done",
      answer: "created NetworkPolicy shop/eyas-statefulset-web",
    });
    expect(policy()?.spec).toMatchObject({ podSelector: { matchLabels: { app: "web", tier: "front" } } });
    cluster.server.put("pods", podFacts("shop", "isolation", { labels: { app: "isolation" } }));
    expect(await cluster.run(kubernetes, cluster.about("shop", "isolation"))).toMatchObject({
      answer: "created NetworkPolicy shop/eyas-pod-isolation",
    });
  });

  it("pods of one Job, which can have different labels, have different policies", async () => {
    for (const index of ["0", "1"]) {
      const labels = { "batch.kubernetes.io/job-completion-index": index };
      cluster.server.put("pods", podFacts("shop", `sum-${index}`, { ...ownedBy("Job", "sum", "batch/v1"), labels }));
      for (const action of [kubernetes, calico, cilium])
        await cluster.run(action, cluster.about("shop", `sum-${index}`, { "fd.rip": "203.0.113.9" }));
    }
    const policies = ["0", "1"].map((index) => {
      const name = `eyas-pod-sum-${index}`;
      return [
        policy("networkpolicies", name)?.spec,
        policy(CALICO, name)?.spec,
        policy("ciliumnetworkpolicies", name)?.spec,
      ];
    });
    expect(policies).toMatchObject(
      ["0", "1"].map((index) => {
        const matchLabels = { "batch.kubernetes.io/job-completion-index": index };
        return [
          { podSelector: { matchLabels } },
          { selector: `batch.kubernetes.io/job-completion-index == '${index}'` },
          { endpointSelector: { matchLabels } },
        ];
      }),
    );
  });

  it("owners with long names of the same beginning have different policies", async () => {
    const names = ["a", "b"].map((end) => `n.${`${"n".repeat(40)}.`.repeat(5)}${"n".repeat(44)}${end}`);
    for (const name of names) {
      cluster.server.put("pods", podFacts("shop", name, { labels: { app: name.at(-1) } }));
      expect(await cluster.run(kubernetes, cluster.about("shop", name))).toMatchObject({
        answer: expect.stringMatching(/^created /),
      });
    }
    const made = cluster.server.all("networkpolicies");
    expect(made.map(({ metadata }) => String(Object(metadata).name).length)).toEqual([253, 253]);
  });

  it("concurrent updates do not undo each other", async () => {
    const results = await Promise.all([1, 2, 3].map((i) => cluster.run(calico, web({ "fd.rip": `203.0.113.${i}` }))));
    expect(results.map(({ outcome }) => outcome)).toEqual(["done", "done", "done"]);
    const { egress } = Object(policy(CALICO)?.spec);
    expect([...egress[0].destination.nets].sort()).toEqual(["203.0.113.1/32", "203.0.113.2/32", "203.0.113.3/32"]);
  });

  it("Calico: denies the remote address, and later an additional address", async () => {
    expect(await cluster.run(calico, web({ "fd.rip": "203.0.113.9", "fd.sip": "10.1.1.1" }), { order: "20" })).toEqual({
      outcome: "done",
      answer: "created NetworkPolicy shop/eyas-deployment-web",
    });
    expect(policy(CALICO)?.spec).toEqual({
      order: 20,
      selector: "app == 'web' && tier == 'front'",
      types: ["Egress"],
      egress: [{ action: "Deny", destination: { nets: ["203.0.113.9/32"] } }, { action: "Allow" }],
    });
    const given = { allow_cidr: ["10.0.0.0/8"], allow_namespaces: ["shop", "data"] };
    await cluster.run(calico, web({ "fd.sip": "2001:db8::7" }), given);
    expect(policy(CALICO)?.spec).toMatchObject({
      order: 0,
      egress: [
        { action: "Deny", destination: { nets: ["203.0.113.9/32", "2001:db8::7/128"] } },
        { action: "Allow", destination: { nets: ["10.0.0.0/8"] } },
        { action: "Allow", destination: { namespaceSelector: "kubernetes.io/metadata.name in { 'shop', 'data' }" } },
      ],
    });
  });

  it("Cilium: denies the remote address, and later an additional address", async () => {
    await cluster.run(cilium, web({ "fd.rip": "203.0.113.9" }), { directions: ["ingress", "egress"] });
    expect(policy("ciliumnetworkpolicies")?.spec).toEqual({
      description: "Created by Eyas.",
      endpointSelector: { matchLabels: { app: "web", tier: "front" } },
      ingressDeny: [{ fromCIDR: ["203.0.113.9/32"] }],
      ingress: [{ fromEntities: ["all"] }],
      egressDeny: [{ toCIDR: ["203.0.113.9/32"] }],
      egress: [{ toEntities: ["all"] }],
    });
    await cluster.run(cilium, web({ "fd.rip": "203.0.113.10" }), {
      allow_cidr: ["10.0.0.0/8"],
      allow_namespaces: ["data"],
    });
    const namespace = { key: "k8s:io.kubernetes.pod.namespace", operator: "In", values: ["data"] };
    expect(policy("ciliumnetworkpolicies")?.spec).toMatchObject({
      ingressDeny: [{ fromCIDR: ["203.0.113.9/32"] }],
      egressDeny: [{ toCIDR: ["203.0.113.9/32", "203.0.113.10/32"] }],
      egress: [{ toCIDR: ["10.0.0.0/8"] }, { toEndpoints: [{ matchExpressions: [namespace] }] }],
    });
  });

  it.each([
    [{}, "the alert has neither fd.rip nor fd.sip"],
    [{ "fd.rip": "127.0.0.1" }, "fd.rip belongs to this machine"],
    [{ "fd.rip": "::1" }, "fd.rip belongs to this machine"],
    [{ "fd.rip": "1.2.3.4/0" }, "fd.rip is not an address"],
    [{ "fd.rip": "fe80::1%eth0" }, "fd.rip is not an address"],
  ])("%j has no remote address", async (fields, missing) => {
    for (const action of [calico, cilium]) {
      expect(action.target(web(fields), {})).toEqual({ missing });
      expect(await cluster.run(action, web(fields))).toEqual({ outcome: "failed", reason: missing });
    }
    expect(cluster.server.asked).toEqual([]);
  });

  it("accepts networks and names only", () => {
    const check = (name: string, value: unknown) => kubernetes.parameters[name]?.check(value);
    for (const wrong of ["10.0.0.0/33", "x", "10.0.0.0/8/8", "::/129", "' }", 5])
      expect(check("allow_cidr", [wrong])).toBeUndefined();
    for (const wrong of ["a b", "A", "' }", "a.b"]) expect(check("allow_namespaces", [wrong])).toBeUndefined();
    expect(check("allow_cidr", [])).toEqual([]);
    expect(check("directions", [])).toBeUndefined();
    expect(check("directions", ["up"])).toBeUndefined();
  });
});
