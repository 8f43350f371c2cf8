import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import type { InternalEvent } from "../../alert/internal.ts";
import { loadConfig } from "../../config/load.ts";
import { Engine } from "../../engine/engine.ts";
import { EventCode } from "../../event/code.ts";
import { writeEvent } from "../../event/write.ts";
import { Machine } from "../../machine/machine.ts";
import { openCapture } from "../../source/capture/source.ts";
import type { Source } from "../../source/source.ts";
import type { LogLine } from "../../telemetry/log-lines.ts";
import { sample } from "../home.ts";
import { defaultRules, readyRules } from "../load/ready-rules.ts";
import { openFlightRecorder } from "./flight-recorder.ts";

const { config: defaults } = await loadConfig(undefined);
const rules = await readyRules(defaultRules, defaults, "all", "node-1");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eyas-flight-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The sample capture, followed by 3 MB of events that do not compress. */
function withNoise(): Source {
  const source = openCapture(sample() ?? "");
  let left = 50;
  let time = 0n;
  return {
    ...{ name: source.name, snapshot: (sink) => source.snapshot(sink), close: () => source.close() },
    next(event) {
      if (source.next(event)) {
        time = event.time;
        return true;
      }
      const bytes = writeEvent(EventCode.WRITE_X, 1, ++time, [60_000, randomBytes(60_000)]);
      event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
      return left-- > 0;
    },
  };
}

/** Evaluates the events of a source with a flight recorder. */
async function run(...settings: readonly string[]) {
  const { config } = await loadConfig(undefined, [
    "capture.enabled=true",
    "capture.mode=all_rules",
    `capture.path_prefix=${join(root, "falco")}`,
    ...settings,
  ]);
  const lines: LogLine[] = [];
  const internal: InternalEvent[] = [];
  const alerts: Alert[] = [];
  const machine = new Machine({ containers: true });
  const options = {
    log: (line: LogLine) => void lines.push(line),
    raiseInternal: (event: InternalEvent) => void internal.push(event),
  };
  const recorder = openFlightRecorder(config, options, withNoise(), machine);
  const own = recorder.naming(rules);
  const engine = new Engine(recorder.source, machine, own.ruleset, (rule, event) => {
    recorder.match(own.ruleset.rules[rule]!, event);
    alerts.push(own.raise(rule, event));
  });
  const unfinished = (): number => {
    const { matches, ends } = recorder.counts() ?? { matches: { started: 0 }, ends: new Map<string, number>() };
    return matches.started - [...ends.values()].reduce((sum, each) => sum + each, 0);
  };
  // A minute of events is replayed without pauses, so the disk needs time to keep up.
  while (engine.drain(50) > 0)
    do await new Promise((resolve) => setImmediate(resolve));
    while (unfinished() > 1);
  const recent = await recorder.recent();
  await recorder.close();
  return { alerts, lines, internal, recent, counts: recorder.counts() };
}

/** The alert as JSON, without the name of the capture. */
function withoutCapture({ json }: Alert): string {
  return json.replace(/"eyas\.capture":"[^"]*",?/, "");
}

function captureOf({ json }: Alert): string | undefined {
  return /"eyas\.capture":"([^"]*)"/.exec(json)?.[1];
}

/** The alerts of a capture as JSON. */
function replayed(path: string): string[] {
  const found: string[] = [];
  const engine = new Engine(openCapture(path), new Machine({ containers: true }), rules.ruleset, (rule, event) =>
    found.push(rules.raise(rule, event).json),
  );
  while (engine.drain() > 0);
  return found;
}

test("each alert contains the name of its capture, and replaying the capture raises the same alert", async () => {
  const { alerts, lines } = await run("capture.rule_interval=0", "capture.default_duration=2000", "capture.before=10s");
  expect(alerts.length).toBeGreaterThan(10);
  const captures = new Set(alerts.map(captureOf));
  expect(captures.size).toBeGreaterThan(3);
  expect([...captures].toSorted()).toEqual(
    readdirSync(root)
      .map((name) => join(root, name))
      .toSorted(),
  );
  for (const path of captures) {
    const again = replayed(path!);
    for (const alert of alerts.filter((one) => captureOf(one) === path)) expect(again).toContain(withoutCapture(alert));
  }
  expect(lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^Wrote .*; stop reason: duration\.$/),
  );
});

test("in the mode rules, matches of rules without capture are not recorded", async () => {
  const { alerts } = await run("capture.mode=rules");
  expect(alerts.map(captureOf).filter((path) => path !== undefined)).toEqual([]);
  expect(readdirSync(root)).toEqual([]);
});

test("max_file_size_mb ends a capture with Falco's alert", async () => {
  const { internal, counts } = await run(
    ...["capture.max_file_size_mb=1", "capture.max_duration=1h", "capture.default_duration=3600000"],
  );
  expect(counts?.ends.get("size")).toBe(1);
  const rule = "Falco internal: capture size limit reached";
  expect(internal).toMatchObject([
    { rule, priority: "Informational", message: `${rule}. Configured limit: 1 MB.`, fields: { max_file_size_mb: 1 } },
  ]);
  expect(counts?.bytes).toBeLessThanOrEqual(1 << 20);
});

test("repeated matches of a rule within a short time are logged and counted, but not recorded", async () => {
  const { alerts, lines, counts } = await run("capture.default_duration=1");
  const { started, joined, interval, busy } = counts!.matches;
  expect(started + joined + interval + busy).toBe(alerts.length);
  expect(interval).toBeGreaterThan(0);
  expect(lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/not recorded, most recently for ".*": /),
  );
});

test("buffer_size limits the events in memory", async () => {
  expect((await run("capture.buffer_size=1MiB")).counts?.stored).toBeLessThan(1 << 20);
});

test("the page's recent events are all events in memory, with and without captures", async () => {
  const page = ["web_page.enabled=true", "web_page.recent_events_size=64MB"];
  for (const settings of [["capture.enabled=false", ...page], page]) {
    const { alerts, recent } = await run(...settings);
    const file = join(root, "recent.scap");
    writeFileSync(file, recent ?? "");
    expect(replayed(file)).toEqual(alerts.map(withoutCapture));
  }
  expect((await run()).recent).toBeUndefined();
});
