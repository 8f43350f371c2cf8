import { expect, test } from "vitest";
import { type Alert, defaultAlertOptions } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { internalAlert } from "../alert/internal.ts";
import { restoredAlert } from "../alert/restored.ts";
import { alertWith } from "./alert.fixture.ts";
import { factsOf } from "./alert-facts.ts";
import { anyOf } from "./glob.ts";
import { type Delivery, delivered, type Output } from "./output.ts";
import { alertAbout, hostile } from "./receiver.fixture.ts";
import { type Selection, selected } from "./selection.ts";

const all: Selection = { minimumpriority: "debug", sources: [], rules: [], fields: [] };

/** An output with the given responses, which records delivered alerts. */
function outputWith(answer: (batch: readonly Alert[]) => Delivery = () => delivered) {
  const given: Alert[] = [];
  const output: Output = {
    name: "test",
    async deliver(batch) {
      given.push(...batch);
      return answer(batch);
    },
    reopen() {},
    async close() {},
  };
  return { output, given };
}

test.each([
  [["shell"], "shell", true],
  [["shell"], "Shell", false],
  [["Terminal*"], "Terminal shell", true],
  [["*shell"], "Terminal shell", true],
  [["*in*ll"], "Terminal shell", true],
  [["a*a"], "a", false],
  [["a*a"], "aa", true],
  [["*"], "", true],
  [["k8s.*", "proc.name"], "proc.pid", false],
  [["a.b"], "axb", false],
  [["*a*b*c*"], "xaxbxcx", true],
  [["*a*b*c*"], "xcxbxax", false],
])("%j and %j: %s", (patterns, text, expected) => {
  expect(anyOf(patterns)(text)).toBe(expected);
});

test("a pattern with many stars matches in linear time", () => {
  expect(anyOf(["*a".repeat(200)])("a".repeat(100_000).concat("b"))).toBe(false);
});

test("an output without a selection is not wrapped", () => {
  const { output } = outputWith();
  expect(selected(output, all)).toBe(output);
});

test.each<[string, Partial<Selection>, string[]]>([
  ["severity", { minimumpriority: "error" }, ["c"]],
  ["source", { sources: ["k8s_*"] }, ["b"]],
  ["rule", { rules: ["Write*", "Shell"] }, ["b", "c"]],
  ["all three", { minimumpriority: "warning", sources: ["syscall"], rules: ["*e*"] }, ["a", "c"]],
])("alerts are selected by %s, by both wants and deliver", async (_, selection, expected) => {
  const { output, given } = outputWith();
  const chosen = selected(output, { ...all, ...selection });
  const alerts = [
    { ...alertWith("a", "Warning"), rule: "Read" },
    { ...alertWith("b", "Notice"), rule: "Write below", source: "k8s_audit" },
    { ...alertWith("c", "Critical"), rule: "Shell" },
  ];
  expect(await chosen.deliver(alerts)).toEqual(delivered);
  expect(given.map(({ text }) => text)).toEqual(expected);
  expect(alerts.filter((alert) => chosen.wants?.(alert)).map(({ text }) => text)).toEqual(expected);
});

test("an alert that is reduced to selected fields keeps its ID, its identity, its repeats and its origin", async () => {
  const { output, given } = outputWith();
  const { id: _, ...stored } = alertAbout("said");
  const alert: Alert = { ...stored, identity: "event 1", repeats: 3, received: true };
  await selected(output, { ...all, fields: ["proc.name"] }).deliver([alert]);
  const [sent] = given;
  expect(sent?.parts?.names).toEqual(["proc.name"]);
  expect(sent).toMatchObject({ identity: "event 1", repeats: 3, received: true });
  expect(sent && factsOf(sent)).toMatchObject({ id: factsOf(alert).id, key: factsOf(alert).key });
});

test("only selected fields are sent, and the texts of the alert are unchanged", async () => {
  const { output, given } = outputWith();
  const alert = alertAbout(hostile);
  await selected(output, { ...all, fields: ["k8s.*", "proc.pid"] }).deliver([alert]);
  expect(given[0]?.parts).toMatchObject({ names: ["k8s.ns.name", "proc.pid"], values: ['"shop"', "4711"] });
  expect(JSON.parse(given[0]?.json ?? "")).toEqual({
    output: hostile,
    output_fields: { "k8s.ns.name": "shop", "proc.pid": 4711 },
  });
  expect(given[0]).toMatchObject({ message: hostile, rule: alert.rule, time: alert.time });
});

test("numbers that a double cannot represent keep their digits, and keys after the fields are kept", async () => {
  const { output, given } = outputWith();
  const json = '{"hostname":"h","output_fields":{"a":18446744073709551615,"b":"}\\"{"},"priority":"Error","time":"t"}';
  const { parts: _, ...alert } = alertAbout("x", { json });
  await selected(output, { ...all, fields: ["a"] }).deliver([alert]);
  expect(given[0]?.json).toBe(
    '{"hostname":"h","output_fields":{"a":18446744073709551615},"priority":"Error","time":"t"}',
  );
});

test("retried and rejected alerts are the original alerts, with all fields", async () => {
  const { output } = outputWith(([first, second]) => ({
    outcome: "partly",
    reason: "r",
    retry: first ? [first] : [],
    rejected: second ? [{ alert: second, reason: "odd" }] : [],
  }));
  const alerts = [alertAbout("a"), alertAbout("b")];
  const delivery = await selected(output, { ...all, fields: ["none"] }).deliver(alerts);
  expect(delivery.outcome === "partly" && delivery.retry[0]).toBe(alerts[0]);
  expect(delivery.outcome === "partly" && delivery.rejected[0]?.alert).toBe(alerts[1]);
});

const report = (fields: Readonly<Record<string, string>>, includeFields = true): Alert =>
  internalAlert({ rule: "Eyas internal: response done", priority: "Notice", message: "ran", fields }, 0n, {
    ...defaultAlertOptions,
    includeFields,
  });

test.each([
  ["slack", "slack, smtp", true],
  ["smtp", "slack, smtp", true],
  ["webhook", "slack, smtp", false],
  ["loki", "k8sevents", false],
  ["kafka", "slack", false],
])("%s gets alerts about responses with the notifiers %s: %s", (name, notifiers, expected) => {
  const { output } = outputWith();
  const chosen = selected({ ...output, name }, { ...all, minimumpriority: "critical", sources: ["syscall"] });
  for (const includeFields of [true, false]) {
    const alert = report({ "eyas.response.notifiers": notifiers }, includeFields);
    expect(chosen.wants?.(alert)).toBe(expected);
    const restored = restoredAlert({ ...entryOf(alert), seq: 1, id: "1" }, { ...defaultAlertOptions, includeFields });
    expect(chosen.wants?.(restored)).toBe(expected);
  }
});

test("alerts that do not name notifiers are subject to the selection of a notifier", () => {
  const { output } = outputWith();
  const chosen = selected({ ...output, name: "slack" }, { ...all, minimumpriority: "critical" });
  expect(chosen.wants?.(report({}))).toBe(false);
  const open = selected({ ...output, name: "slack" }, all);
  expect(open.wants?.(report({}))).toBe(true);
  // An alert received from outside cannot name notifiers: its source and fields are renamed.
  const forged = { ...report({ "eyas.response.notifiers": "slack" }), source: "syscall" };
  expect(chosen.wants?.(forged)).toBe(false);
});
