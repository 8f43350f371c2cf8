import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sample } from "../agent/home.ts";
import { defaultRules, readyRules } from "../agent/load/ready-rules.ts";
import { loadConfig } from "../config/load.ts";
import { EventCode } from "../event/code.ts";
import { Machine } from "../machine/machine.ts";
import { openCapture } from "../source/capture/source.ts";
import type { Source } from "../source/source.ts";
import { Engine } from "./engine.ts";
import { RecentEvents } from "./recent.ts";

const { config } = await loadConfig(undefined);
const { ruleset, raise } = await readyRules(defaultRules, config, "all", "node-1");
const recording = sample() ?? "";

/** Matches of rules on the events of a source, and the number of events. */
function evaluated(
  source: Source,
  wrap: (source: Source, machine: Machine) => Source,
): { alerts: string[]; events: number } {
  const machine = new Machine({ containers: true });
  const alerts: string[] = [];
  const engine = new Engine(wrap(source, machine), machine, ruleset, (rule, event) =>
    alerts.push(raise(rule, event).message),
  );
  while (engine.drain(4096) > 0);
  return { alerts, events: engine.events };
}

function kept(size: number): {
  alerts: string[];
  events: number;
  bytes: number;
  all: { alerts: string[]; events: number };
} {
  let recent: RecentEvents | undefined;
  const all = evaluated(openCapture(recording), (source, machine) => {
    recent = new RecentEvents(source, machine, size);
    return recent;
  });
  const bytes = recent?.capture() ?? new Uint8Array(0);
  const file = join(mkdtempSync(join(tmpdir(), "eyas-recent-")), "recent.scap");
  writeFileSync(file, bytes);
  return { ...evaluated(openCapture(file), (source) => source), bytes: bytes.length, all };
}

test("with room for all events, the stored capture gives the same matches", () => {
  const { alerts, events, all } = kept(1 << 30);
  expect(all.alerts.length).toBeGreaterThan(10);
  expect({ alerts, events }).toEqual(all);
});

test("with less room, the last events are stored, with the state of the machine before them", () => {
  const { alerts, events, bytes, all } = kept(600_000);
  expect(events).toBeLessThan(all.events);
  expect(bytes).toBeLessThan(1_500_000);
  expect(alerts.length).toBeGreaterThan(0);
  expect(alerts).toEqual(all.alerts.slice(-alerts.length));
});

test("notes of the sensor to the agent are not stored", () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-recent-")), "recent.scap");
  let noted = 0;
  const source = openCapture(recording);
  const withNotes: Source = {
    ...{ name: source.name, snapshot: (sink) => source.snapshot(sink), close: () => source.close() },
    next(event) {
      if (!source.next(event)) return false;
      if (event.type === EventCode.CLOSE_X) {
        event.type = EventCode.SCAPEVENT_E;
        noted++;
      }
      return true;
    },
  };
  const machine = new Machine();
  const recent = new RecentEvents(withNotes, machine, 1 << 30);
  const engine = new Engine(recent, machine, ruleset, () => {});
  engine.drain();
  writeFileSync(file, recent.capture());
  expect(noted).toBeGreaterThan(0);
  expect(evaluated(openCapture(file), (one) => one).events).toBe(engine.events - noted);
});
