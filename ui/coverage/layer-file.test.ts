import { describe, expect, test } from "vitest";
import type { Coverage } from "../../src/api/schemas/rule.ts";
import { compareWith } from "./compare.ts";
import { readLayer } from "./layer-file.ts";
import { navigatorLayer } from "./navigator-layer.ts";

const layerOf = (techniques: unknown, more: object = {}): string =>
  JSON.stringify({ name: "a", versions: { layer: "4.5" }, domain: "enterprise-attack", techniques, ...more });

const coverage: Coverage = {
  version: "18.1",
  tactics: [
    {
      id: "TA0002",
      name: "Execution",
      techniques: [
        { id: "T1059", name: "Interpreter", rules: ["Shell", "Python"], fired: 3 },
        { id: "T1059.004", name: "Interpreter: Unix Shell", rules: ["Shell"], fired: 1 },
        { id: "T1106", name: "Native API", rules: ["Code"], fired: 0, as: "T1620" },
        { id: "TA0002", name: "Execution", rules: ["Other"], fired: 0, other: true },
      ],
    },
    {
      id: "TA0006",
      name: "Credential Access",
      techniques: [{ id: "T1111", name: "Interception", rules: [], fired: 0, reason: 0 }],
    },
  ],
  reasons: ["Nothing shows it."],
};

describe("a layer file", () => {
  test("covers enabled techniques that have a score or, without a score, a color or a comment", () => {
    const { covered } = readLayer(
      layerOf([
        { techniqueID: "T0001", score: 1 },
        { techniqueID: "T0002", score: 0, comment: "looked at", color: "#fff" },
        { techniqueID: "T0003", score: 2, enabled: false },
        { techniqueID: "T0004", color: "#ff0000" },
        { techniqueID: "T0005", comment: "yes" },
        { techniqueID: "T0006", color: "" },
        { techniqueID: "T0007.001", tactic: "impact", score: 2 },
        { techniqueID: "T0007.001", tactic: "execution", score: 5 },
      ]),
    );
    expect([...covered.keys()]).toEqual(["T0001", "T0004", "T0005", "T0007.001"]);
    expect(covered.get("T0007.001")?.score).toBe(5);
  });

  test("with several layers is read for its first layer", () => {
    const list = `[${layerOf([{ techniqueID: "T0001", score: 1 }])},${layerOf([], { name: "b" })}]`;
    expect(readLayer(list)).toMatchObject({ name: "a", skipped: 0 });
  });

  test.each([
    ["no JSON", "<html>", /not JSON/],
    ["nothing", "", /not JSON/],
    ["another value", "7", /not a layer/],
    ["an empty list", "[]", /not a layer/],
    ["no name", '{"domain":"enterprise-attack"}', /name or domain/],
    ["another domain", layerOf([], { domain: "mobile-attack" }), /enterprise-attack/],
    ["an old version", layerOf([], { versions: { layer: "2.2" } }), /must be 4/],
    ["a version that is no text", layerOf([], { versions: { layer: { toString: 1 } } }), /must be 4/],
    ["techniques that are no list", layerOf({ length: 1 }), /not a list/],
    ["100,000 techniques", layerOf(Array(100_000).fill({ techniqueID: "T0001" })), /more than 10000 techniques/],
    ["nested lists", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`, /nested too deeply/],
    ["nested objects", `${'{"a":'.repeat(30)}1${"}".repeat(30)}`, /nested too deeply/],
    ["more than 5 MB", `${" ".repeat(5_000_000)}{}`, /larger than 5 MB/],
  ])("with %s is rejected with the reason", (_, text, reason) => {
    expect(() => readLayer(text)).toThrow(reason);
  });

  test("skips techniques without a valid ID, and shortens long texts", () => {
    const rows = [null, 1, [], { techniqueID: 5 }, { techniqueID: "<b>" }, { techniqueID: "T1059.004/../x", score: 1 }];
    const { covered, skipped, name } = readLayer(
      layerOf([...rows, { techniqueID: "T0001", comment: "x".repeat(10_000), score: "9" }], { name: "n".repeat(9000) }),
    );
    expect([covered.size, skipped, name.length, covered.get("T0001")?.comment.length]).toEqual([1, 6, 500, 500]);
    expect(covered.get("T0001")?.score).toBeUndefined();
  });

  test("with brackets in strings is not considered nested", () => {
    const comment = `${"[{".repeat(100)}\\"`;
    expect(readLayer(layerOf([{ techniqueID: "T0001", comment }])).covered.get("T0001")?.comment).toBe(comment);
  });
});

test("the exported layer has the format 4.5 and covers the techniques with rules when it is opened again", () => {
  const layer = navigatorLayer(coverage, "All alerts.");
  expect(layer).toMatchObject({
    versions: { attack: "18", navigator: "4.9.0", layer: "4.5" },
    domain: "enterprise-attack",
    gradient: { minValue: 0, maxValue: 2 },
    techniques: [
      {
        techniqueID: "T1059",
        tactic: "execution",
        score: 2,
        enabled: true,
        comment: "2 rules, 3 alerts: Shell, Python",
      },
      { techniqueID: "T1059.004", tactic: "execution", score: 1 },
      { techniqueID: "T1106", tactic: "execution", score: 1, comment: "1 rule for T1620, 0 alerts: Code" },
      { techniqueID: "T1111", tactic: "credential-access", score: 0, comment: "No enabled rule. Nothing shows it." },
    ],
  });
  const opened = readLayer(JSON.stringify(layer));
  expect([...opened.covered.keys()]).toEqual(["T1059", "T1059.004", "T1106"]);
  expect(compareWith(opened, coverage)).toEqual({ layerOnly: [], rulesOnly: [], both: 3 });
});

test("a comparison lists techniques that only the layer or only rules cover; a sub-technique also covers its technique", () => {
  const layer = readLayer(
    layerOf([
      { techniqueID: "T1059.004", score: 1 },
      { techniqueID: "T1111", score: 7, comment: "<img src=x>" },
      { techniqueID: "T1547.001", color: "#f00" },
    ]),
  );
  const { layerOnly, rulesOnly, both } = compareWith(layer, coverage);
  expect(layerOnly.map(({ id, name, score, comment }) => [id, name, score, comment])).toEqual([
    ["T1111", "Interception", 7, "<img src=x>"],
    ["T1547.001", "", undefined, ""],
  ]);
  expect(rulesOnly.map(({ id }) => id)).toEqual(["T1106"]);
  expect(both).toBe(2);
});
