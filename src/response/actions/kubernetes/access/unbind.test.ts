import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { account, BIND, group, putBinding, user } from "../../../../../test/stand-in/kubernetes/bindings.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import type { FieldValue } from "../../../../alert/record.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import type { Facts } from "../../../../transport/json.ts";
import { action as unbind } from "./unbind.ts";

const EYAS = account("eyas", "eyas");

const fresh = { creationTimestamp: "2026-07-30T12:34:55Z" };

/** An alert about a request for a binding with these subjects. */
function requested(
  resource: string,
  name: string,
  subjects: readonly Facts[] | undefined,
  more: Readonly<Record<string, FieldValue>> = {},
) {
  return alertWith({
    ...{ "ka.target.resource": resource, "ka.target.name": name, "ka.response.code": "201" },
    ...(resource === "rolebindings" && { "ka.target.namespace": "shop" }),
    ...(subjects && { "ka.req.binding.subjects": subjects.map((each) => JSON.stringify(each)) }),
    ...{ "ka.user.name": "mallory", ...more },
  });
}

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const put = (resource: string, name: string, subjects: readonly Facts[], metadata: Facts = {}) =>
    putBinding(cluster.server, resource === "rolebindings" ? "shop" : "", name, subjects, metadata);
  const subjectsOf = (resource: string, name: string) =>
    cluster.server.get(resource, resource === "rolebindings" ? "shop" : "", name)?.subjects;
  const written = () => cluster.server.asked.filter((asked) => /^(?:PATCH|DELETE|PUT)/.test(asked));

  it.each(["rolebindings", "clusterrolebindings"])("deletes one of %s that the request created", async (resource) => {
    put(resource, "evil", [user("mallory"), account("kube-system", "default")], fresh);
    const alert = requested(resource, "evil", [user("mallory"), account("kube-system", "default")]);
    const what = resource === "rolebindings" ? "RoleBinding shop/evil" : "ClusterRoleBinding evil";
    expect(unbind.target(alert, {})).toEqual({ target: what });
    expect(await cluster.run(unbind, alert)).toEqual({ outcome: "done", answer: `deleted ${what}` });
    expect(subjectsOf(resource, "evil")).toBeUndefined();
  });

  it("removes only the subjects of the request, with the permission to bind the role", async () => {
    put("rolebindings", "evil", [user("mallory"), user("alice")], fresh);
    const alert = requested("rolebindings", "evil", [user("mallory")]);
    expect(await cluster.run(unbind, alert)).toEqual({
      outcome: "failed",
      reason:
        "RoleBinding shop/evil has other subjects: to change it, the API server requires permission to bind clusterroles edit",
    });
    expect(await cluster.run(unbind, alert, {}, BIND)).toEqual({
      outcome: "done",
      answer: "removed subjects from RoleBinding shop/evil",
    });
    expect(subjectsOf("rolebindings", "evil")).toEqual([user("alice")]);
    expect(await cluster.run(unbind, alert, {}, BIND)).toMatchObject({ outcome: "skipped" });
  });

  it("deletes a new binding to which subjects were immediately added to prevent its deletion", async () => {
    const now = { creationTimestamp: new Date().toISOString() };
    put("rolebindings", "evil", [user("mallory"), user("alice")], now);
    const { fields } = requested("rolebindings", "evil", [user("mallory")]);
    const alert = alertWith(Object.fromEntries(fields), { time: BigInt(Date.now()) * 1_000_000n });
    expect(await cluster.run(unbind, alert)).toEqual({ outcome: "done", answer: "deleted RoleBinding shop/evil" });
  });

  it("removes all subjects of a new binding if the event does not contain the request body", async () => {
    put("clusterrolebindings", "evil", [user("mallory")], fresh);
    expect(await cluster.run(unbind, requested("clusterrolebindings", "evil", undefined))).toMatchObject({
      outcome: "done",
    });
  });

  it("does not remove subjects from an existing binding, because its new subjects are unknown", async () => {
    put("clusterrolebindings", "admins", [user("alice"), user("mallory")]);
    const changed = requested("clusterrolebindings", "admins", [user("alice"), user("mallory")], {
      "ka.response.code": "200",
    });
    expect(await cluster.run(unbind, changed, {}, BIND)).toMatchObject({ outcome: "skipped" });
    // The alert falsely claims that the request created an older binding.
    const claimed = requested("clusterrolebindings", "admins", [user("alice")]);
    expect(await cluster.run(unbind, claimed, {}, BIND)).toMatchObject({ outcome: "skipped" });
    expect(written()).toEqual([]);
  });

  it.each(["403", "409"])("does nothing after a request that failed with %s", async (code) => {
    put("clusterrolebindings", "admins", [user("alice")]);
    for (const subjects of ["created", "requested", "requester"]) {
      const alert = requested("clusterrolebindings", "admins", [user("alice")], { "ka.response.code": code });
      expect(await cluster.run(unbind, alert, { subjects })).toEqual({
        outcome: "skipped",
        reason: `ClusterRoleBinding admins: the request failed with status ${code} and changed no objects`,
      });
    }
    expect(cluster.server.asked).toEqual([]);
  });

  it("removes the subjects of a change except protected ones", async () => {
    const before = [user("alice"), group("system:masters"), group("ops"), account("kube-system", "x"), EYAS];
    put("clusterrolebindings", "admins", [...before, user("mallory"), group("system:authenticated")]);
    const all = [...before, user("mallory"), group("system:authenticated"), user("bob")];
    const alert = requested("clusterrolebindings", "admins", all, { "ka.response.code": "200" });
    const given = { subjects: "requested", protected_subjects: ["alice", "op*"] };
    expect(await cluster.run(unbind, alert, given, BIND)).toMatchObject({ outcome: "done" });
    expect(subjectsOf("clusterrolebindings", "admins")).toEqual(before);
    expect(await cluster.run(unbind, alert, given, BIND)).toEqual({
      outcome: "skipped",
      reason: "ClusterRoleBinding admins: its subjects are protected",
    });
  });

  it("removes the user of the request, also if the binding names the service account as a user", async () => {
    const name = "system:serviceaccount:shop:web";
    put("rolebindings", "a", [account("shop", "web")]);
    put("rolebindings", "b", [user(name)]);
    for (const binding of ["a", "b"]) {
      const alert = requested("rolebindings", binding, [], { "ka.user.name": name, "ka.response.code": "200" });
      expect(await cluster.run(unbind, alert, { subjects: "requester" })).toMatchObject({ outcome: "done" });
    }
    expect(cluster.server.all("rolebindings")).toEqual([]);
  });

  it.each([
    ["cluster-admin", {}],
    ["system:node-proxier", {}],
    ["kubeadm:cluster-admins", {}],
    ["other", { labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } }],
  ])("never changes the binding %s of Kubernetes", async (name, metadata) => {
    put("clusterrolebindings", name, [user("mallory"), user("alice")], metadata);
    const alert = requested("clusterrolebindings", name, [user("mallory")], { "ka.response.code": "200" });
    expect(await cluster.run(unbind, alert, { subjects: "requested" }, BIND)).toEqual({
      outcome: "skipped",
      reason: `ClusterRoleBinding ${name}: it belongs to Kubernetes`,
    });
    expect(written()).toEqual([]);
  });

  it("removes a new binding that has a name of Kubernetes or its label", async () => {
    put("clusterrolebindings", "system:evil", [user("mallory")], {
      ...fresh,
      labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
    });
    expect(await cluster.run(unbind, requested("clusterrolebindings", "system:evil", [user("mallory")]))).toMatchObject(
      { outcome: "done" },
    );
  });

  it("never removes Eyas, and leaves its own new bindings", async () => {
    put("clusterrolebindings", "eyas-response", [EYAS], fresh);
    expect(await cluster.run(unbind, requested("clusterrolebindings", "eyas-response", [EYAS]))).toEqual({
      outcome: "skipped",
      reason: "ClusterRoleBinding eyas-response: its subjects are protected",
    });
    expect(subjectsOf("clusterrolebindings", "eyas-response")).toEqual([EYAS]);
  });

  it("removes a new binding that names Eyas among others", async () => {
    put("clusterrolebindings", "evil", [user("mallory"), EYAS], fresh);
    const alert = requested("clusterrolebindings", "evil", [user("mallory"), EYAS]);
    expect(await cluster.run(unbind, alert)).toMatchObject({ outcome: "done" });
    expect(subjectsOf("clusterrolebindings", "evil")).toBeUndefined();
  });

  it("reads again after a conflict, and leaves a subject that was added meanwhile", async () => {
    put("rolebindings", "evil", [user("mallory")], { ...fresh, uid: "one" });
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("DELETE") && times-- > 0)
        put("rolebindings", "evil", [user("mallory"), user("alice")], { ...fresh, uid: "one" });
      return undefined;
    };
    const alert = requested("rolebindings", "evil", [user("mallory")]);
    expect(await cluster.run(unbind, alert, {}, BIND)).toMatchObject({ outcome: "done" });
    expect(subjectsOf("rolebindings", "evil")).toEqual([user("alice")]);
  });

  it("is not prevented by a user who changes the binding repeatedly", async () => {
    const keep = (subjects: readonly Facts[]) => {
      put("rolebindings", "evil", subjects, { ...fresh, uid: "one" });
      cluster.server.interrupt = (asked) => {
        if (/^(?:DELETE|PATCH)/.test(asked)) put("rolebindings", "evil", subjects, { ...fresh, uid: "one" });
        return undefined;
      };
    };
    const alert = requested("rolebindings", "evil", [user("mallory")]);
    keep([user("mallory")]);
    expect(await cluster.run(unbind, alert)).toMatchObject({ outcome: "done" });
    keep([user("mallory"), user("alice")]);
    expect(await cluster.run(unbind, alert, {}, BIND)).toMatchObject({ outcome: "done" });
    expect(subjectsOf("rolebindings", "evil")).toEqual([user("alice")]);
  });

  it("leaves a subject that was added between read and change", async () => {
    put("rolebindings", "evil", [user("mallory"), user("alice")], { ...fresh, uid: "one" });
    let times = 1;
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("PATCH") && times-- > 0)
        put("rolebindings", "evil", [user("bob"), user("mallory"), user("alice")], { ...fresh, uid: "one" });
      return undefined;
    };
    const alert = requested("rolebindings", "evil", [user("mallory")]);
    expect(await cluster.run(unbind, alert, {}, BIND)).toMatchObject({ outcome: "done" });
    expect(subjectsOf("rolebindings", "evil")).toEqual([user("bob"), user("alice")]);
  });

  it("does not change a binding that replaced the original under the same name, and gives up after several conflicts", async () => {
    put("rolebindings", "evil", [user("mallory")], { ...fresh, uid: "one" });
    cluster.server.interrupt = (asked) => {
      if (asked.startsWith("DELETE")) put("rolebindings", "evil", [user("mallory")], { ...fresh, uid: "two" });
      return undefined;
    };
    const alert = requested("rolebindings", "evil", [user("mallory")]);
    expect(await cluster.run(unbind, alert)).toEqual({
      outcome: "skipped",
      reason: "RoleBinding shop/evil: the binding was replaced in the meantime",
    });
    cluster.server.asked.length = 0;
    cluster.server.interrupt = (asked) => (asked.startsWith("DELETE") ? { status: 409 } : undefined);
    expect(await cluster.run(unbind, alert)).toMatchObject({ outcome: "failed" });
    expect(cluster.server.asked.filter((asked) => asked.startsWith("GET"))).toHaveLength(4);
  });

  it("reports missing fields", async () => {
    expect(unbind.target(requested("configmaps", "x", []), {})).toHaveProperty("missing");
    expect(unbind.target(alertWith({ "ka.target.resource": "rolebindings" }), {})).toHaveProperty("missing");
    const alert = requested("clusterrolebindings", "x", undefined, { "ka.response.code": "200" });
    expect(await cluster.run(unbind, alert, { subjects: "requested" })).toEqual({
      outcome: "failed",
      reason: "the alert has no ka.req.binding.subjects",
    });
  });
});
