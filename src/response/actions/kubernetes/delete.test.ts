import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../test/response/alert.ts";
import { startCluster, type TestCluster } from "../../../../test/stand-in/kubernetes/cluster.ts";
import { object } from "../../../../test/stand-in/kubernetes/objects.ts";
import type { FieldValue } from "../../../alert/record.ts";
import { makeCertificates } from "../../../output/transport/certificates.fixture.ts";
import { action as remove } from "./delete.ts";
import { deletable } from "./objects.ts";

const audited = (resource: string, name: string, namespace?: string) => {
  const fields: Record<string, FieldValue> = { "ka.target.resource": resource, "ka.target.name": name };
  if (namespace !== undefined) fields["ka.target.namespace"] = namespace;
  return alertWith(fields, { source: "k8s_audit" });
};

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
      cluster.server.put(resource, object(namespace, "wrong-1"));
      const alert = audited(resource, "wrong-1", isNamespaced ? "shop" : undefined);
      const words = `${resource} ${isNamespaced ? "shop/" : ""}wrong-1`;
      expect(remove.target(alert, {})).toEqual({ target: words });
      expect(await cluster.run(remove, alert)).toEqual({ outcome: "done", answer: `deleted ${words}` });
      if (resource !== "pods") expect(cluster.server.get(resource, namespace, "wrong-1")).toBeUndefined();
      expect(await cluster.run(remove, audited(resource, "none-1", "shop"))).toEqual({
        outcome: "skipped",
        reason: `${resource} ${isNamespaced ? "shop/" : ""}none-1 is gone`,
      });
    },
  );

  it("does not read secrets", async () => {
    cluster.server.put("secrets", object("shop", "key"));
    expect(await cluster.run(remove, audited("secrets", "key", "shop"))).toMatchObject({ outcome: "done" });
    expect([...cluster.server.needed]).toEqual(["delete secrets"]);
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
      reason: "system:node belongs to Kubernetes itself",
    });
    const configmap = audited("configmaps", "extension", "kube-system");
    expect(await cluster.run(remove, configmap)).toMatchObject({ outcome: "skipped" });
    expect(await cluster.run(remove, audited("clusterrolebindings", "mine: all"))).toMatchObject({ outcome: "failed" });
    expect(cluster.server.asked).toEqual([]);
  });

  it("reports missing fields", () => {
    expect(remove.target(alertWith({}), {})).toEqual({ missing: "the alert has no ka.target.resource" });
    expect(remove.target(audited("__proto__", "x"), {})).toHaveProperty("missing");
    expect(remove.target(audited("nodes", "node-1"), {})).toHaveProperty("missing");
    expect(remove.target(audited("secrets", "key"), {})).toEqual({ missing: "the alert has no ka.target.namespace" });
  });
});
