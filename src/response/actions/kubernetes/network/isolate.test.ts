import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { object } from "../../../../../test/stand-in/kubernetes/objects.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import { action as isolate } from "./isolate.ts";
import { action as unisolate } from "./unisolate.ts";

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const web = () => cluster.about("shop", "web-1");
  const policy = (name = "eyas-isolation") => cluster.server.get("networkpolicies", "shop", name);
  const clusterDns = {
    to: [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
      },
    ],
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  };

  it("denies all traffic of the namespace except DNS, and undoes it", async () => {
    expect(isolate.target(web(), {})).toEqual({ target: "namespace shop" });
    expect(await cluster.run(isolate, web())).toEqual({
      outcome: "done",
      answer: "created NetworkPolicy shop/eyas-isolation",
    });
    expect(policy()?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Egress", "Ingress"],
      egress: [clusterDns],
      ingress: [],
    });
    expect(await cluster.run(unisolate, web())).toEqual({
      outcome: "done",
      answer: "deleted NetworkPolicy shop/eyas-isolation",
    });
    expect(policy()).toBeUndefined();
    expect(await cluster.run(unisolate, web())).toMatchObject({ outcome: "skipped" });
  });

  it("allows networks, namespaces and DNS as configured in the rule", async () => {
    const given = { allow_cidr: ["10.0.0.0/8"], allow_namespaces: ["monitoring"], dns: "none" };
    const peers = [
      { ipBlock: { cidr: "10.0.0.0/8" } },
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
    ];
    await cluster.run(isolate, web(), given);
    expect(policy()?.spec).toMatchObject({ egress: [{ to: peers }], ingress: [{ from: peers }] });
    expect(await cluster.run(isolate, web(), { dns: "any", directions: ["egress"] })).toMatchObject({
      answer: "updated NetworkPolicy shop/eyas-isolation",
    });
    expect(policy()?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ ports: clusterDns.ports }],
    });
  });

  it("counts other policies that allow traffic", async () => {
    cluster.server.put("networkpolicies", object("shop", "open", { spec: { podSelector: {}, egress: [{}] } }));
    cluster.server.put("networkpolicies", object("shop", "closed", { spec: { podSelector: {}, egress: [] } }));
    expect(await cluster.run(isolate, web())).toEqual({
      outcome: "done",
      answer: "created NetworkPolicy shop/eyas-isolation; 1 other policy still allows traffic in the namespace",
    });
  });

  it("isolates the namespace of a request that succeeded", async () => {
    const of = (resource: string, code: string) =>
      alertWith({
        ...{ "ka.target.resource": resource, "ka.target.name": "shop", "ka.response.code": code },
        ...(resource === "pods" && { "ka.target.namespace": "shop" }),
      });
    expect(await cluster.run(isolate, of("pods", "403"))).toMatchObject({ outcome: "skipped" });
    const received = { "ka.target.resource": "pods", "ka.target.namespace": "shop", "ka.stage": "RequestReceived" };
    expect(await cluster.run(isolate, alertWith(received))).toEqual({
      outcome: "skipped",
      reason: "the alert does not show whether the request succeeded",
    });
    expect(cluster.server.asked).toEqual([]);
    for (const resource of ["pods", "namespaces"])
      expect(await cluster.run(isolate, of(resource, "201"))).toMatchObject({ outcome: "done" });
  });

  it.each(["kube-system", "eyas"])("never isolates the namespace %s", async (name) => {
    expect(await cluster.run(isolate, alertWith({ "k8s.ns.name": name }))).toMatchObject({ outcome: "skipped" });
    expect(cluster.server.all("networkpolicies")).toEqual([]);
  });

  it("neither changes nor deletes a policy with this name that Eyas does not manage", async () => {
    cluster.server.put("networkpolicies", object("shop", "eyas-isolation", { spec: { podSelector: {} } }));
    const reason = "NetworkPolicy shop/eyas-isolation";
    expect(await cluster.run(isolate, web())).toEqual({
      outcome: "failed",
      reason: `${reason} exists and is not managed by Eyas`,
    });
    expect(await cluster.run(unisolate, web())).toEqual({
      outcome: "failed",
      reason: `${reason} is not managed by Eyas`,
    });
    expect(policy()?.spec).toEqual({ podSelector: {} });
  });
});
