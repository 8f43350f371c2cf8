import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { account, BIND, group, putBinding, user } from "../../../../../test/stand-in/kubernetes/bindings.ts";
import { startCluster, type TestCluster } from "../../../../../test/stand-in/kubernetes/cluster.ts";
import { podFacts } from "../../../../../test/stand-in/kubernetes/objects.ts";
import type { FieldValue } from "../../../../alert/record.ts";
import { makeCertificates } from "../../../../output/transport/certificates.fixture.ts";
import type { Facts } from "../../../../transport/json.ts";
import { action as revoke } from "./revoke.ts";

const by = (name: string, more: Readonly<Record<string, FieldValue>> = {}) =>
  alertWith({ "ka.user.name": name, ...more });

describe("against a stand-in that implements the documented API strictly", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(makeCertificates());
  });
  afterAll(() => cluster.server.stop());
  beforeEach(() => cluster.reset());

  const bind = (namespace: string, name: string, subjects: readonly Facts[], metadata: Facts = {}) =>
    putBinding(cluster.server, namespace, name, subjects, metadata);
  const left = () =>
    [...cluster.server.all("clusterrolebindings"), ...cluster.server.all("rolebindings")].map(({ metadata }) =>
      typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : "",
    );

  it("removes a user from all bindings, and leaves other subjects", async () => {
    bind("", "all", [user("mallory")]);
    bind("shop", "edit", [user("mallory"), user("alice")]);
    bind("data", "view", [user("mallory")]);
    bind("data", "alice", [user("alice")]);
    expect(revoke.target(by("mallory"), { account: "requester" })).toEqual({ target: "user mallory" });
    expect(await cluster.run(revoke, by("mallory"), {}, BIND)).toEqual({
      outcome: "done",
      answer:
        "removed user mallory from 3 bindings: ClusterRoleBinding all, RoleBinding shop/edit, RoleBinding data/view",
    });
    expect(left()).toEqual(["edit", "alice"]);
    expect(cluster.server.get("rolebindings", "shop", "edit")?.subjects).toEqual([user("alice")]);
  });

  it("changes the bindings that it may change, and fails with the binding that it may not change", async () => {
    bind("", "all", [user("mallory")]);
    bind("shop", "edit", [user("mallory"), user("alice")]);
    expect(await cluster.run(revoke, by("mallory"))).toEqual({
      outcome: "failed",
      reason:
        "removed user mallory from 1 binding: ClusterRoleBinding all; 1 failed: RoleBinding shop/edit has other subjects: to change it, the API server requires permission to bind clusterroles edit",
    });
  });

  it("removes the service account of the pod, of the request's object or of the requester", async () => {
    const name = "system:serviceaccount:shop:web";
    const again = () => {
      bind("shop", "as-account", [account("shop", "web")]);
      bind("", "as-user", [user(name)]);
      bind("", "of-another", [account("data", "web")]);
    };
    cluster.server.put("pods", podFacts("shop", "lone", {}, { serviceAccountName: "web" }));
    const token = { "ka.target.resource": "serviceaccounts", "ka.target.name": "web", "ka.target.namespace": "shop" };
    const cases = [
      [cluster.about("shop", "lone"), "pod"],
      [by("mallory", { ...token, "ka.target.subresource": "token", "ka.response.code": "201" }), "object"],
      [by(name), "requester"],
    ] as const;
    for (const [alert, which] of cases) {
      again();
      expect(await cluster.run(revoke, alert, { account: which })).toMatchObject({ outcome: "done" });
      expect(left()).toEqual(["of-another"]);
    }
    const denied = cluster.about("shop", "lone", { "ka.response.code": "403" });
    expect(await cluster.run(revoke, denied, { account: "pod" })).toEqual({
      outcome: "skipped",
      reason: "the request failed with status 403 and changed no objects",
    });
    const refused = by("mallory", { ...token, "ka.response.code": "403" });
    expect(revoke.target(refused, { account: "object" })).toHaveProperty("missing");
    expect(revoke.target(by("mallory", token), { account: "object" })).toHaveProperty("missing");
  });

  it("leaves bindings of Kubernetes, bindings in protected namespaces, and bindings created after the alert", async () => {
    bind("", "cluster-admin", [user("mallory")]);
    bind("kube-system", "one", [user("mallory")]);
    bind("shop", "given-back", [user("mallory")], { creationTimestamp: "2026-07-30T13:00:00Z" });
    expect(await cluster.run(revoke, by("mallory"))).toEqual({
      outcome: "skipped",
      reason:
        "user mallory was not removed from any binding; kept ClusterRoleBinding cluster-admin (it belongs to Kubernetes), RoleBinding kube-system/one (its namespace is protected), RoleBinding shop/given-back (created after the alert)",
    });
    expect(left()).toHaveLength(3);
  });

  it.each([
    ["system:admin", {}, "user system:admin is protected"],
    ["system:node:node-1", {}, "user system:node:node-1 is protected"],
    ["system:serviceaccount:kube-system:job", {}, "the namespace kube-system is protected"],
    ["system:serviceaccount:eyas:eyas", {}, "service account eyas/eyas is the account of Eyas"],
    ["alice", { protected_subjects: ["al*"] }, "user alice is protected"],
  ])("never removes %s", async (name, given, reason) => {
    bind("", "its-own", [user(name)]);
    expect(await cluster.run(revoke, by(name), given)).toEqual({ outcome: "skipped", reason });
    expect(left()).toEqual(["its-own"]);
  });

  it("names the bindings of the user's groups, which remain", async () => {
    bind("", "all", [user("mallory")]);
    bind("", "devs-edit", [group("devs")]);
    bind("", "everyone", [group("system:authenticated")]);
    const alert = by("mallory", { "ka.user.groups": ["devs", "system:authenticated"] });
    expect(await cluster.run(revoke, alert)).toMatchObject({
      answer: expect.stringContaining("; bindings of its groups remain: ClusterRoleBinding devs-edit"),
    });
  });

  it("names the bindings of all service accounts of the namespace", async () => {
    bind("shop", "web", [account("shop", "web")]);
    bind("shop", "all", [group("system:serviceaccounts:shop")]);
    bind("data", "all", [group("system:serviceaccounts:data")]);
    bind("", "system:service-account-issuer-discovery", [group("system:serviceaccounts")]);
    expect(await cluster.run(revoke, by("system:serviceaccount:shop:web"))).toEqual({
      outcome: "done",
      answer:
        "removed service account shop/web from 1 binding: RoleBinding shop/web; bindings of its groups remain: RoleBinding shop/all",
    });
  });

  it("finds users whose names contain any characters, and shows the names on one line", async () => {
    const name = 'x"\u202e\n$(id)';
    bind("", "all", [user(name)]);
    const result = await cluster.run(revoke, by(name));
    expect(result).toMatchObject({
      outcome: "done",
      answer: 'removed user x"\\u{202e}\\u{a}$(id) from 1 binding: ClusterRoleBinding all',
    });
    expect(left()).toEqual([]);
  });

  it("finds users whose names have control characters, which alerts replace", async () => {
    bind("", "all", [user("m\u00e4llory\u0007\u0085\ufdd0")]);
    expect(await cluster.run(revoke, by("m\u00e4llory\ufffd\ufffd\ufffd"))).toMatchObject({ outcome: "done" });
    expect(left()).toEqual([]);
  });

  it("reads all pages of bindings", async () => {
    for (let i = 0; i < 600; i++) bind("shop", `b-${i}`, [user(i === 599 ? "mallory" : "alice")]);
    expect(await cluster.run(revoke, by("mallory"))).toMatchObject({ outcome: "done" });
    expect(left()).toHaveLength(599);
  });

  it("reports a missing user, and does nothing if the API server does not report the user of Eyas", async () => {
    expect(revoke.target(alertWith({}), {})).toEqual({ missing: "the alert has no ka.user.name" });
    bind("", "all", [user("mallory")]);
    cluster.server.interrupt = (asked) => (asked.includes("selfsubjectreviews") ? { status: 404 } : undefined);
    expect(await cluster.run(revoke, by("mallory"))).toMatchObject({ outcome: "failed" });
    expect(left()).toEqual(["all"]);
  });
});
