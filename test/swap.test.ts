import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultRules, readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import { Engine } from "../src/engine/engine.ts";
import { Machine } from "../src/machine/machine.ts";
import { openCapture } from "../src/source/capture/source.ts";
import { needs } from "./parts/needs.ts";

const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const capture = join(shared, "conformance/traces/attack.scap.gz");

const { config } = await loadConfig(undefined);

/** Returns the alerts of the capture, and the matches by rule, with rules replaced after every `stride` events. */
async function alertsOf(stride: number): Promise<{ alerts: string[]; matches: number[]; events: number }> {
  const alerts: string[] = [];
  const sets = [
    await readyRules(defaultRules, config, "all", "vm"),
    await readyRules(defaultRules, config, "all", "vm"),
  ];
  let turn = 0;
  const engine = new Engine(openCapture(capture), new Machine(), sets[0]!.ruleset, (rule, event) =>
    alerts.push(sets[turn]!.raise(rule, event).json),
  );
  while (engine.drain(stride) > 0) {
    turn = 1 - turn;
    engine.swap(sets[turn]!.ruleset);
  }
  return { alerts, matches: [...engine.matches], events: engine.events };
}

test("rules replaced between events raise the same alerts as unchanged rules", {
  ...needs("shared captures"),
  timeout: 180_000,
}, async () => {
  const steady = await alertsOf(Number.POSITIVE_INFINITY);
  expect(steady.alerts.length).toBeGreaterThan(10);
  expect(await alertsOf(7)).toEqual(steady);
  expect(await alertsOf(997)).toEqual(steady);
});
