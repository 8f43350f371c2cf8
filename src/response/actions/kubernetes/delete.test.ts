import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { object } from "../../../../test/stand-in/kubernetes/objects.ts";
import type { FieldValue } from "../../../alert/record.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { action as remove } from "./delete.ts";
import { deletable } from "./objects.ts";

const audited = (resource: string, name: string, namespace?: string, more: Record<string, FieldValue> = {}) => {
  const fields: Record<string, FieldValue> = { "ka.target.resource": resource, "ka.target.name": name, ...more };
  if (namespace !== undefined) fields["ka.target.namespace"] = namespace;
  return alertWith(fields, { source: "k8s_audit" });
};
const CREATED = { "ka.response.code": "201", "ka.user.name": "mallory" };
/** Metadata of an object that the request of the alert created. */
const fresh = { creationTimestamp: "2026-07-30T12:34:55Z" };
const service = { spec: { service: { namespace: "shop", name: "evil" } } };

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  it.each(Object.entries(deletable))(
    "deletes one of %s with the stated permissions",
    async (resource, { isNamespaced }) => {
      const namespace = isNamespaced ? "shop" : "";
      cluster.server.put(resource, object(namespace, "wrong-1", service, fresh));
      const alert = audited(resource, "wrong-1", isNamespaced ? "shop" : undefined, CREATED);
      const words = `${resource} ${isNamespaced ? "shop/" : ""}wrong-1`;
      expect(remove.target(alert, {})).toEqual({ target: words });
      expect(await cluster.run(remove, alert)).toEqual({ outcome: "done", answer: `deleted ${words}` });
      if (resource !== "pods") expect(cluster.server.get(resource, namespace, "wrong-1")).toBeUndefined();
      expect(await cluster.run(remove, audited(resource, "none-1", "shop", CREATED))).toEqual({
        outcome: "skipped",
        reason: `${resource} ${isNamespaced ? "shop/" : ""}none-1 no longer exists`,
      });
    },
  );

  it("does not read secrets", async () => {
    cluster.server.put("secrets", object("shop", "key"));
    expect(await cluster.run(remove, audited("secrets", "key", "shop"))).toMatchObject({ outcome: "done" });
    expect([...cluster.server.needed]).toEqual(["create selfsubjectreviews.authentication.k8s.io", "delete secrets"]);
  });

  it("skips an object created after the alert", async () => {
    cluster.server.put("configmaps", object("shop", "new", {}, { creationTimestamp: "2026-07-30T12:40:00Z" }));
    expect(await cluster.run(remove, audited("configmaps", "new", "shop"))).toEqual({
      outcome: "skipped",
      reason: "configmaps shop/new was created after the alert",
    });
  });

  it.each(["kube-system", "kube-public", "kube-flannel", "default"])("never deletes the namespace %s", async (name) => {
    cluster.server.put("namespaces", object("", name));
    expect(await cluster.run(remove, audited("namespaces", name), { protected_namespaces: [] })).toMatchObject({
      outcome: "skipped",
    });
    expect(cluster.server.asked).toEqual([]);
  });

  it("never deletes system roles, nor objects in protected namespaces", async () => {
    const own = audited("clusterroles", "system:node");
    expect(await cluster.run(remove, own)).toEqual({
      outcome: "skipped",
      reason: "system:node belongs to Kubernetes",
    });
    const configmap = audited("configmaps", "extension", "kube-system");
    expect(await cluster.run(remove, configmap)).toMatchObject({ outcome: "skipped" });
    expect(await cluster.run(remove, audited("clusterrolebindings", "mine: all"))).toMatchObject({ outcome: "failed" });
    expect(cluster.server.asked).toEqual([]);
  });

  it.each(Object.entries(deletable).filter(([, { newOnly }]) => newOnly !== "never"))(
    "deletes one of %s that the request did not create only if a rule allows it",
    async (resource, { isNamespaced }) => {
      cluster.server.put(resource, object(isNamespaced ? "shop" : "", "policy", service));
      const touched = audited(resource, "policy", "shop", { "ka.response.code": "200" });
      const reason = `${resource} ${isNamespaced ? "shop/" : ""}policy was not created by the alert's request`;
      expect(await cluster.run(remove, touched)).toEqual({ outcome: "skipped", reason });
      expect(cluster.server.asked).toEqual([]);
      // The alert has the status of an object with the same name that was created earlier.
      expect(await cluster.run(remove, audited(resource, "policy", "shop", CREATED))).toEqual({
        outcome: "skipped",
        reason,
      });
      expect(await cluster.run(remove, touched, { created_only: false })).toMatchObject({ outcome: "done" });
    },
  );

  it("deletes roles, bindings and namespaces of alerts without a status, such as those of other installations", async () => {
    cluster.server.put("clusterroles", object("", "evil"));
    expect(await cluster.run(remove, audited("clusterroles", "evil"))).toMatchObject({ outcome: "done" });
    cluster.server.put("networkpolicies", object("shop", "deny"));
    expect(await cluster.run(remove, audited("networkpolicies", "deny", "shop"))).toMatchObject({ outcome: "skipped" });
  });

  it.each(["403", "409", "422", "500", 403])("skips the object of a request that failed with %s", async (code) => {
    cluster.server.put("configmaps", object("shop", "settings"));
    const alert = audited("configmaps", "settings", "shop", { "ka.response.code": code });
    expect(await cluster.run(remove, alert)).toEqual({
      outcome: "skipped",
      reason: `the request failed with status ${code} and changed no objects`,
    });
    expect(cluster.server.asked).toEqual([]);
  });

  it("deletes a new role with a name of Kubernetes, but not one that the API server creates", async () => {
    cluster.server.put("clusterroles", object("", "system:evil", {}, fresh));
    expect(await cluster.run(remove, audited("clusterroles", "system:evil", undefined, CREATED))).toMatchObject({
      outcome: "done",
    });
    cluster.server.put("clusterroles", object("", "system:node", {}, fresh));
    const own = { ...CREATED, "ka.user.name": "system:apiserver" };
    expect(await cluster.run(remove, audited("clusterroles", "system:node", undefined, own))).toMatchObject({
      outcome: "skipped",
    });
  });

  it("never deletes objects that Eyas needs", async () => {
    const self = { kind: "ServiceAccount", namespace: "eyas", name: "eyas" };
    cluster.server.put("clusterrolebindings", object("", "any-name", { subjects: [self] }, fresh));
    cluster.server.put("serviceaccounts", object("eyas", "eyas", {}, fresh));
    cluster.server.put("namespaces", object("", "eyas", {}, fresh));
    const alerts = [
      audited("clusterrolebindings", "any-name", undefined, CREATED),
      audited("serviceaccounts", "eyas", "eyas", CREATED),
      audited("namespaces", "eyas", undefined, CREATED),
    ];
    for (const alert of alerts)
      expect(await cluster.run(remove, alert)).toMatchObject({
        outcome: "skipped",
        reason: expect.stringMatching(/ of Eyas$/),
      });
    expect(cluster.server.asked.filter((asked) => asked.startsWith("DELETE"))).toEqual([]);
  });

  it("deletes a new binding that names Eyas among others", async () => {
    const self = { kind: "ServiceAccount", namespace: "eyas", name: "eyas" };
    const subjects = [self, { kind: "User", name: "mallory" }];
    cluster.server.put("clusterrolebindings", object("", "evil", { subjects }, fresh));
    const alert = audited("clusterrolebindings", "evil", undefined, CREATED);
    expect(await cluster.run(remove, alert)).toMatchObject({ outcome: "done" });
    cluster.server.put("clusterrolebindings", object("", "old", { subjects }));
    expect(await cluster.run(remove, audited("clusterrolebindings", "old", undefined, CREATED))).toMatchObject({
      outcome: "skipped",
    });
  });

  it("skips the object of a dry run", async () => {
    const uri = "/api/v1/namespaces/shop/configmaps/web?fieldManager=x&dry%52un=All";
    const alert = audited("configmaps", "web", "shop", { ...CREATED, "ka.uri": uri });
    expect(await cluster.run(remove, alert)).toEqual({
      outcome: "skipped",
      reason: "the request was a dry run and changed no objects",
    });
  });

  it.each([
    ["create", "exec", 101],
    ["delete", undefined, 200],
  ])("is not misled by the parameter of a request that ignores it: %s %s", async (verb, subresource, code) => {
    cluster.server.put("pods", object("shop", "web-1"));
    const uri = `/api/v1/namespaces/shop/pods/web-1${subresource === undefined ? "" : `/${subresource}`}?dryRun=All`;
    const fields = { "ka.verb": verb, "ka.uri": uri, "ka.response.code": String(code) };
    const alert = audited("pods", "web-1", "shop", {
      ...fields,
      ...(subresource !== undefined && { "ka.target.subresource": subresource }),
    });
    expect(await cluster.run(remove, alert)).toMatchObject({ outcome: "done" });
  });

  it("deletes the object in the request's API group, not an object of the same name in another group", async () => {
    cluster.server.put("services", object("shop", "web"));
    const uri = "/apis/serving.knative.dev/v1/namespaces/shop/services/web";
    expect(remove.target(audited("services", "web", "shop", { "ka.uri": uri }), {})).toHaveProperty("missing");
    const encoded = "/apis/serving%2Eknative.dev%2Fv1/namespaces/shop/services/web?x=/api/v1";
    expect(remove.target(audited("services", "web", "shop", { "ka.uri": encoded }), {})).toHaveProperty("missing");
    const own = audited("services", "web", "shop", { "ka.uri": "/api/v1/namespaces/shop/services/web?fieldManager=x" });
    expect(await cluster.run(remove, own)).toMatchObject({ outcome: "done" });
  });

  it("finds the generated name of an object in the response", () => {
    const fields = { "ka.target.resource": "configmaps", "ka.target.namespace": "shop", "ka.resp.name": "evil-x7k2p" };
    expect(remove.target(alertWith(fields), {})).toEqual({ target: "configmaps shop/evil-x7k2p" });
    expect(remove.target(alertWith({ ...fields, "ka.target.subresource": "status" }), {})).toHaveProperty("missing");
  });

  it("deletes the custom resources that a rule allows, with permissions that the role does not have", async () => {
    const { server } = cluster;
    server.put("certificates", object("shop", "evil"));
    server.put("clusterissuers", object("", "evil"));
    const root = "/apis/cert-manager.io/v1";
    const one = audited("certificates", "evil", "shop", { "ka.uri": `${root}/namespaces/shop/certificates?a=b` });
    const wide = audited("clusterissuers", "evil", undefined, { "ka.uri": `${root}/clusterissuers/evil` });
    expect(remove.target(one, {})).toEqual({ missing: "ka.target.resource is not a resource that can be deleted" });
    const custom_resources = ["certificates.cert-manager.io", "clusterissuers.cert-manager.io"];
    expect(await cluster.run(remove, one, { custom_resources })).toMatchObject({ outcome: "failed" });
    const more = custom_resources.flatMap((resource) => [`get ${resource}`, `delete ${resource}`]);
    expect(await cluster.run(remove, one, { custom_resources }, more)).toEqual({
      outcome: "done",
      answer: "deleted certificates.cert-manager.io shop/evil",
    });
    expect(await cluster.run(remove, wide, { custom_resources }, more)).toMatchObject({ outcome: "done" });
    expect(server.all("certificates")).toEqual([]);
    for (const uri of [`${root}x/../certificates`, "/apis/cert-manager.io", "/healthz", "%"])
      expect(remove.target(audited("certificates", "evil", "shop", { "ka.uri": uri }), { custom_resources })).toEqual({
        missing: expect.stringMatching(/^ka\./),
      });
  });

  it("accepts names of custom resources only", () => {
    const check = (value: unknown) => remove.parameters.custom_resources?.check(value);
    for (const wrong of ["*", "*.cert-manager.io", "certificates", "Certificates.cert-manager.io", "a/b.c.d", 5])
      expect(check([wrong])).toBeUndefined();
    expect(check(["clusterroles.rbac.authorization.k8s.io"])).toBeUndefined();
    expect(check(["certificates.cert-manager.io"])).toEqual(["certificates.cert-manager.io"]);
  });

  it("never deletes API services of the API server itself", async () => {
    cluster.server.put("apiservices", object("", "v1.apps", { spec: { group: "apps" } }, fresh));
    expect(await cluster.run(remove, audited("apiservices", "v1.apps", undefined, CREATED))).toEqual({
      outcome: "skipped",
      reason: "v1.apps belongs to Kubernetes",
    });
  });

  it("does not delete another object of the same name that replaced it while it was read", async () => {
    const { server } = cluster;
    server.put("configmaps", object("shop", "settings"));
    server.interrupt = (asked) => {
      if (asked.startsWith("DELETE")) server.put("configmaps", object("shop", "settings", {}, { uid: "another" }));
      return undefined;
    };
    expect(await cluster.run(remove, audited("configmaps", "settings", "shop"))).toMatchObject({ outcome: "skipped" });
    expect(server.get("configmaps", "shop", "settings")).toBeDefined();
  });

  it("reports missing fields", () => {
    expect(remove.target(alertWith({}), {})).toEqual({ missing: "the alert has no ka.target.resource" });
    expect(remove.target(audited("__proto__", "x"), {})).toHaveProperty("missing");
    expect(remove.target(audited("nodes", "node-1"), {})).toHaveProperty("missing");
    expect(remove.target(audited("secrets", "key"), {})).toEqual({ missing: "the alert has no ka.target.namespace" });
  });
});
