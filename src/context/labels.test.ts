import { expect, test } from "vitest";
import { parseJsonText } from "../event/json-text.ts";
import { container } from "../machine/container-info.ts";
import { boundedLabels } from "../machine/labels.ts";
import { labelsOf } from "./kubernetes/pod.ts";

const sizeOf = (labels: ReadonlyMap<string, string>): number =>
  [...labels].reduce((sum, [name, value]) => sum + name.length + value.length, 0);

const megabytes = new Map([
  ["app", "web"],
  ["long", "x".repeat(1_000_000)],
  ...Array.from({ length: 20_000 }, (_, i): [string, string] => [`label-${i}`, "y".repeat(60)]),
]);

test("the first 64 KiB of labels are kept", () => {
  const kept = boundedLabels(megabytes);
  expect(sizeOf(kept)).toBeLessThanOrEqual(65_536);
  expect(sizeOf(kept)).toBeGreaterThan(65_000);
  expect([kept.get("app"), kept.has("long"), kept.has("label-0")]).toEqual(["web", false, true]);
  const few = new Map([["app", "web"]]);
  expect(boundedLabels(few)).toBe(few);
});

test("labels of runtimes and of the API server have the same limit", () => {
  const bounded = container({ fullId: "a".repeat(64), labels: megabytes, sandboxLabels: megabytes });
  expect([sizeOf(bounded.labels), sizeOf(bounded.sandboxLabels)].every((size) => size <= 65_536)).toBe(true);
  expect(sizeOf(labelsOf(parseJsonText(JSON.stringify(Object.fromEntries(megabytes)))))).toBeLessThanOrEqual(65_536);
});

test("labels can have the names of object properties", () => {
  const labels = labelsOf(parseJsonText('{"__proto__": "a", "constructor": "b", "toString": "c"}'));
  expect([...labels]).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
    ["toString", "c"],
  ]);
});
