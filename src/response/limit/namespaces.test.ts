import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, noLimits, succeeds } from "../../../test/response/scene.ts";
import { actions } from "../list.ts";
import { openProtection } from "./protected.ts";
import { scopeOf } from "./scope.ts";

const terminate = actionOf(succeeds, { name: "kubernetes:terminate" });

it.each([
  { "k8s.ns.name": "payments" },
  { "k8smeta.ns.name": "payments", "k8smeta.pod.name": "web" },
  { "ka.target.namespace": "payments", "ka.target.resource": "secrets", "ka.target.name": "db" },
  { "ka.target.resource": "namespaces", "ka.target.name": "payments" },
  // A forged alert cannot hide a protected namespace behind another one.
  { "k8s.ns.name": "shop", "ka.target.namespace": "payments" },
  { "k8s.ns.name": "shop", "k8smeta.ns.name": "payments" },
])("protects a namespace by each field that actions read: %j", (fields) => {
  const never = openProtection({ ...noLimits.never, namespaces: ["payments"] }, undefined);
  expect(never(terminate, alertWith(fields), "x")).toBe("responses.never.namespaces contains payments");
});

it("counts against the budget of a namespace that only k8smeta names", () => {
  expect(scopeOf(alertWith({ "k8smeta.ns.name": "shop" }), terminate)).toBe("namespace shop");
});

it.each([
  [
    "cloud-foundry:stop",
    { "cf.app.id": "11111111-AAAA-3333-4444-555555555555" },
    "app 11111111-aaaa-3333-4444-555555555555",
  ],
  ["cloud-foundry:stop", { "cf.app.id": "a", "k8s.ns.name": "another-each-time" }, "app a"],
  ["marathon:suspend", { "marathon.app.id": "shop/web", "k8s.ns.name": "another-each-time" }, "app /shop/web"],
  ["marathon:suspend", { "marathon.app.id": "/shop/web" }, "app /shop/web"],
  ["kubernetes:delete", { "ka.target.namespace": "shop", "k8s.ns.name": "another-each-time" }, "namespace shop"],
  ["kubernetes:delete", { "ka.target.resource": "namespaces", "ka.target.name": "shop" }, "namespace shop"],
  ["host:kill", { "cf.app.id": "a" }, "app a"],
])("%s counts against one budget for its target, even for a forged alert: %j", async (name, fields, scope) => {
  const load = actions[name];
  if (load === undefined) throw new Error(name);
  expect(scopeOf(alertWith(fields), await load())).toBe(scope);
});
