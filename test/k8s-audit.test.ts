/** Evaluates the default rules on audit events of an API server for 182 scenarios, from the log and the webhook. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultRulesOf, readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import { fromByteString } from "../src/event/bytes.ts";
import { type Json, member } from "../src/event/document.ts";
import { Machine } from "../src/machine/machine.ts";
import { priorities } from "../src/rule/rule.ts";
import { openInbox } from "../src/source/inbox.ts";
import { documentsIn } from "../src/source/recorded/documents.ts";
import { readerOf } from "../src/source/sources.ts";

const SOURCE = "k8s_audit";
const folder = join(import.meta.dirname, "k8s-audit");

interface Row {
  readonly is: "hostile" | "ordinary" | "setup" | "background";
  readonly fires?: Readonly<Record<string, number>>;
  readonly beside?: Readonly<Record<string, number>>;
}

interface Scenario {
  readonly id: string;
  readonly events: readonly { readonly audit_id: string; readonly stage: string; readonly user: string | null }[];
  readonly side_audit_ids: readonly string[];
}

interface Raised {
  /** Audit ID, stage and user of the event. */
  readonly of: string;
  readonly id: string;
  readonly rule: string;
  readonly priority: string;
  readonly text: string;
}

const table: Readonly<Record<string, Row>> = parse(readFileSync(join(folder, "scenarios.yaml"), "utf8")).scenarios;
const scenarios: readonly Scenario[] = gunzipSync(readFileSync(join(folder, "scenarios.jsonl.gz")))
  .toString()
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

const { config } = await loadConfig(undefined);
const { ruleset, raise } = (
  await readyRules(defaultRulesOf([SOURCE]), config, "all", "here", { sources: [SOURCE] })
).of(SOURCE);

/** Returns the alerts and the number of events of a recording. */
async function evaluateFile(file: string): Promise<{ readonly events: number; readonly alerts: readonly Raised[] }> {
  const reader = await readerOf(SOURCE);
  const inbox = openInbox(SOURCE, { most: 10_000 });
  const onInvalid = ({ message }: { readonly message: string }) => {
    throw new Error(message);
  };
  for await (const some of documentsIn({ path: join(folder, file), reader, most: 1 << 20, onInvalid }))
    inbox.offer(some);
  const alerts: Raised[] = [];
  const engine = new DocumentEngine(inbox, new Machine(), ruleset, (rule, event) => {
    const { message } = raise(rule, event);
    const { name, priority } = ruleset.rules[rule]!;
    const id = text(member(event.document, "auditID"));
    const stage = text(member(event.document, "stage"));
    const user = text(member(member(event.document, "user"), "username"));
    alerts.push({ of: `${id} ${stage} ${user}`, id, rule: name, priority, text: message });
  });
  engine.drain();
  return { events: engine.events, alerts };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? fromByteString(value) : "";
}

const log = await evaluateFile("audit-log.jsonl.gz");
const webhook = await evaluateFile("audit-webhook.jsonl.gz");

function counted(alerts: readonly Raised[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of alerts) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

function of({ events }: Scenario): readonly Raised[] {
  const main = new Set(events.map(({ audit_id, stage, user }) => `${audit_id} ${stage} ${user ?? ""}`));
  return log.alerts.filter((alert) => main.has(alert.of));
}

function beside({ side_audit_ids }: Scenario): readonly Raised[] {
  return log.alerts.filter(({ id }) => side_audit_ids.includes(id));
}

/** Selects alerts with at least this priority. */
function atLeast(least: (typeof priorities)[number]): (alert: Raised) => boolean {
  const known: readonly string[] = priorities;
  return ({ priority }) => known.indexOf(priority) <= known.indexOf(least);
}

test("the table has exactly one row per scenario", () => {
  expect(Object.keys(table)).toEqual(scenarios.map(({ id }) => id));
  expect(Object.values(table).filter(({ is }) => is === "hostile" || is === "ordinary")).toHaveLength(182);
});

describe("each scenario raises exactly the alerts in the table", () => {
  test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))("%s", (id, scenario) => {
    expect(counted(of(scenario))).toEqual(table[id]!.fires ?? {});
    expect(counted(beside(scenario))).toEqual(table[id]!.beside ?? {});
  });
});

test("events outside of scenarios raise no alert", () => {
  const known = new Set(
    scenarios.flatMap((one) => [...one.events.map((event) => event.audit_id), ...one.side_audit_ids]),
  );
  expect(log.alerts.filter(({ id }) => !known.has(id))).toEqual([]);
});

test("every hostile scenario raises an alert besides those for ordinary work", () => {
  const hostile = scenarios.filter(({ id }) => table[id]!.is === "hostile");
  expect(hostile.length).toBeGreaterThan(100);
  expect(hostile.filter((scenario) => !of(scenario).some(atLeast("Notice"))).map(({ id }) => id)).toEqual([]);
});

test("ordinary work raises no alert of priority warning or above", () => {
  const ordinary = scenarios.filter(({ id }) => table[id]!.is !== "hostile");
  expect(ordinary.length).toBeGreaterThan(60);
  const loud = ordinary.flatMap((scenario) => of(scenario).filter(atLeast("Warning")));
  expect(loud.map(({ rule }) => rule)).toEqual([]);
});

const isCut = ({ rule }: Raised): boolean => rule === "Audit event truncated";

test("the log and the webhook raise the same alerts, except for a config map that the webhook truncated", () => {
  expect([log.events, webhook.events]).toEqual([386, 386]);
  const sorted = (alerts: readonly Raised[]) => alerts.map((alert) => `${alert.of} ${alert.rule} ${alert.text}`).sort();
  const [cut, rest] = [webhook.alerts.filter(isCut), webhook.alerts.filter((alert) => !isCut(alert))];
  expect(cut).toMatchObject([{ text: expect.stringContaining("create of configmaps big by admin truncated") }]);
  expect(log.alerts.some(isCut)).toBe(false);
  expect(sorted(rest)).toEqual(sorted(log.alerts));
});

test("an exec request raises one alert", () => {
  const exec = scenarios.filter(({ id }) => ["exec-websocket", "exec-spdy", "attach", "portforward"].includes(id));
  expect(exec.map((scenario) => [scenario.events.length, of(scenario).length])).toEqual([
    [2, 1],
    [2, 1],
    [2, 1],
    [2, 1],
  ]);
});

/** Returns the requests without an alert, in order, as verb, resource and name. */
async function unnoticed(file: string): Promise<string[]> {
  const noticed = new Set((await evaluateFile(file)).alerts.filter(atLeast("Notice")).map(({ id }) => id));
  const events = gunzipSync(readFileSync(join(folder, file)))
    .toString()
    .trimEnd()
    .split("\n");
  return events
    .map((line) => JSON.parse(line))
    .filter(({ auditID }) => !noticed.has(auditID))
    .map(({ verb, objectRef: { resource, name } }) => `${verb} ${resource} ${name}`);
}

test("requests that evade rules about pods and names raise alerts", async () => {
  expect(await unnoticed("evasions.jsonl.gz")).toEqual([
    // These requests raise the pod security level to restricted.
    ...["patch namespaces shop", "patch namespaces shop", "patch namespaces shop"],
    // The content of secrets is not recorded, so the event of the token controller raises the alert.
    "create secrets sc-token",
    // This request only changes a label.
    "patch nodes sc-node",
  ]);
});
