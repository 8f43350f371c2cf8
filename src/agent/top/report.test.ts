import { afterEach, beforeEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Alert } from "../../alert/alert.ts";
import { loadConfig } from "../../config/load.ts";
import { Engine } from "../../engine/engine.ts";
import { Machine } from "../../machine/machine.ts";
import { openCapture } from "../../source/capture/source.ts";
import { Health } from "../../telemetry/health.ts";
import { sample } from "../home.ts";
import { defaultRules, readyRules } from "../load/ready-rules.ts";
import { type Observer, openObserver } from "../metrics/observer.ts";

const { config } = await loadConfig(undefined);
const rules = await readyRules(defaultRules, config, "all", "host");

let observer: Observer;
beforeEach(async () => {
  observer = await openObserver(
    { config, rules },
    {
      configFile: undefined,
      hostname: "web-1",
      reloads: { done: 0, rejected: 0 },
      health: new Health(),
      log() {},
      wake() {},
    },
  );
});
afterEach(() => observer.close());

/** A session that evaluates the sample capture. */
function session() {
  const machine = new Machine({ containers: true });
  const alerts: Alert[] = [];
  const engine = new Engine(openCapture(sample() ?? ""), machine, rules.ruleset, (rule, event) => {
    const alert = rules.raise(rule, event);
    observer.countMissing(alert, event);
    alerts.push(alert);
  });
  const delivery = {
    ...{ flushed: async () => {}, reopen() {}, async deliver() {}, store: async () => undefined },
    ...{ async apply() {}, async close() {}, lost: new Map(), outputs: () => [] },
  };
  observer.watch({ engine, machine, delivery, live: undefined });
  return { engine, alerts };
}

test("before the first session, the agent is starting", () => {
  expect(observer.top()).toMatchObject({ hostname: "web-1", status: "starting", processes: [], rules: [] });
});

test("events and alerts are attributed to processes, containers and rules", needs("recording"), () => {
  const { engine, alerts } = session();
  observer.sampleActivity(true);
  expect(observer.sampleStep).toBeGreaterThan(0);
  while (engine.drain(16) > 0);
  observer.count(alerts);
  const report = observer.top();
  expect(report.sources).toMatchObject([{ name: "syscall", events: engine.events, drops: 0, waiting: null }]);
  expect(report.alerts).toBe(alerts.length);
  const sum = (rows: readonly { readonly events: number; readonly alerts: number }[], key: "events" | "alerts") =>
    rows.reduce((total, row) => total + row[key], 0);
  for (const rows of [report.processes, report.containers]) {
    expect(sum(rows, "alerts")).toBe(alerts.length);
    expect(sum(rows, "events")).toBeGreaterThan(engine.events * 0.9);
    expect(sum(rows, "events")).toBeLessThanOrEqual(engine.events);
  }
  expect(report.processes.map(({ name }) => name)).toContain("node");
  expect(report.containers.map(({ id }) => id)).toContain("1f3f78bd6386");
  expect(report.rules).toHaveLength(rules.ruleset.rules.length);
  expect(report.rules.filter(({ alerts }) => alerts > 0)).toHaveLength(new Set(alerts.map(({ rule }) => rule)).size);
  expect(Math.max(...report.rules.map(({ samples }) => samples))).toBeGreaterThan(0);
  expect(Math.max(...report.rules.map(({ events }) => events))).toBeGreaterThan(100);
});

test("events are sampled only while a client is connected", needs("recording"), () => {
  const { engine } = session();
  const before = engine.sample;
  observer.sampleActivity(true);
  expect(engine.sample).not.toBe(before);
  engine.drain(100);
  observer.sampleActivity(false);
  expect(engine.sample).toBe(before);
  expect(observer.sampleStep).toBeUndefined();
  expect(observer.top()).toMatchObject({ processes: [], containers: [] });
});

test("a new session is sampled while a client is connected", needs("recording"), () => {
  session();
  observer.sampleActivity(true);
  const { engine } = session();
  engine.drain(500);
  engine.drain(500);
  expect(observer.top().processes.length).toBeGreaterThan(0);
});
