import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { Alert } from "../alert/alert.ts";
import { loadConfig } from "../config/load.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { openFolding } from "./folding.ts";
import { home } from "./home.ts";
import { readyRules } from "./load/ready-rules.ts";

afterEach(() => void vi.useRealTimers());

/** Alert folding with a configuration, and an event that matches the first default rule. */
async function open(...options: readonly string[]) {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { config } = await loadConfig(undefined, options);
  const rules = await readyRules([join(home, "rules/syscall.yaml")], config, "all", "host");
  const alerts: Alert[] = [];
  const log: string[] = [];
  let behind = false;
  const folding = openFolding(
    { config, rules },
    {
      emit: (alert) => alerts.push(alert),
      observe() {},
      isBehind: () => behind,
      log: ({ message }) => log.push(message),
    },
  );
  const event = new Observed(new Machine());
  const bytes = new Uint8Array(26);
  event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
  const own = rules.of("syscall");
  return {
    ...{ folding, alerts, log, config, rules },
    match(times: number): number {
      const before = alerts.length;
      for (let i = 0; i < times; i++) folding.match(own, 0, event);
      return alerts.length - before;
    },
    pass(milliseconds: number): void {
      vi.setSystemTime(Date.now() + milliseconds);
      folding.tick();
    },
    setBehind(now: boolean): void {
      behind = now;
      folding.tick();
    },
  };
}

const counted = (alerts: readonly Alert[]): number => alerts.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);

test("the default limits apply while alerts are raised faster than they are stored, and ten seconds longer", async () => {
  const { match, pass, setBehind, folding, alerts, log } = await open(
    "alert_folding.burst=500",
    "alert_folding.rate=50",
  );
  expect(match(400)).toBe(400);
  setBehind(true);
  expect(match(400)).toBe(10);
  setBehind(false);
  pass(9000);
  expect(match(400)).toBeLessThan(3);
  pass(1000);
  pass(20_000);
  expect(match(400)).toBe(400);
  expect(log).toHaveLength(2);
  folding.flush();
  expect(counted(alerts)).toBe(1600);
});

test("a reload reports the matches that were folded before the reload", async () => {
  const { match, folding, alerts, config, rules } = await open();
  match(1000);
  folding.apply({ config, rules });
  expect(counted(alerts)).toBe(1000);
  match(1000);
  folding.flush();
  expect(counted(alerts)).toBe(2000);
  expect(folding.counts().entries).toBeGreaterThan(0);
});

test("every alert is raised if folding is disabled, and in a replay", async () => {
  expect((await open("alert_folding.enabled=false")).match(1000)).toBe(1000);
  expect((await open("engine.kind=replay", "engine.replay.capture_file=x")).match(1000)).toBe(1000);
});

test("counted matches are reported ten seconds after the first match", async () => {
  const { match, pass, folding, alerts } = await open("alert_folding.burst=10", "alert_folding.rate=0.001");
  match(10);
  expect(folding.dueIn).toBeUndefined();
  match(5);
  expect(folding.dueIn).toBe(10_000);
  pass(9000);
  expect(folding.dueIn).toBe(1000);
  const before = alerts.length;
  pass(1000);
  expect([alerts.length, folding.dueIn]).toEqual([before + 1, undefined]);
});
