import { expect, it } from "vitest";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, does, loose } from "../../../test/response/scene.ts";
import { openNever } from "./protected.ts";
import { scopeOf } from "./scope.ts";

const terminate = actionOf(does, { name: "kubernetes:terminate" });

it.each([
  { "k8s.ns.name": "payments" },
  { "k8smeta.ns.name": "payments", "k8smeta.pod.name": "web" },
  { "ka.target.namespace": "payments", "ka.target.resource": "secrets", "ka.target.name": "db" },
  { "ka.target.resource": "namespaces", "ka.target.name": "payments" },
  // Whoever makes an alert up can't hide the one behind the other.
  { "k8s.ns.name": "shop", "ka.target.namespace": "payments" },
  { "k8s.ns.name": "shop", "k8smeta.ns.name": "payments" },
])("a namespace that is never touched is known by every name that actions believe: %j", (fields) => {
  const never = openNever({ ...loose.never, namespaces: ["payments"] }, undefined);
  expect(never(terminate, alertWith(fields), "x")).toBe("responses.never.namespaces has payments");
});

it("a budget of a namespace counts where only k8smeta tells it, too", () => {
  expect(scopeOf(alertWith({ "k8smeta.ns.name": "shop" }), "kubernetes:terminate")).toBe("namespace shop");
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
])("%s has one budget for what it is done to, however an alert is made up: %j", (action, fields, scope) => {
  expect(scopeOf(alertWith(fields), action)).toBe(scope);
});
