import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { DrillAction } from "../../src/drill/action.ts";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { type DrilledAlert, matchesAction, readAlerts } from "../../src/drill/check.ts";
import { eyas, home } from "../live/sensor.ts";
import { GUEST_TIMEOUT, type GuestOptions, makeGuest, removeGuest, resultsOf, runGuest } from "./guest.ts";
import { isWholeDrill } from "./whole-drill.ts";

/** Rules that must not match side effects of the drill. Rules of other maturity levels may match them. */
const stable = new Set(
  [...readFileSync(join(home, "rules/syscall.yaml"), "utf8").matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name),
);

const commands = ["run", ...(isWholeDrill ? ["record", "record with the portable probe"] : [])];
const logs = ["run.log", ...(isWholeDrill ? ["record.log", "portable.log"] : [])];

export interface GuestOfKernel extends GuestOptions {
  /** Actions that the guest performs. */
  readonly actions: readonly DrillAction[];
  /** Returns the directory of the guest, which has powered off. */
  readonly guest: () => Promise<string>;
}

/** Tests that the drill raises the same alerts on the kernel of a guest. */
export function testKernel({ guest, ...options }: GuestOfKernel): void {
  const { actions } = options;
  let results = "";
  let alerts: readonly DrilledAlert[] = [];
  const found = (name: string): string => readFileSync(join(results, name), "utf8");

  beforeAll(async () => {
    results = resultsOf(await guest());
    // V8 has aborted here while it replaced running WebAssembly, which bin/eyas disables. This checks that no program
    // ended early for another reason.
    const session = found("session.log");
    if (!commands.every((command) => session.includes(`eyas ${command} ended with 0\n`))) {
      console.warn(`Starting the guest once more: ${session}${logs.map(found).join("")}`);
      const second = await makeGuest(options);
      await runGuest(second);
      results = resultsOf(second);
      removeGuest(second);
    }
    alerts = readAlerts(found("alerts.jsonl"));
  }, GUEST_TIMEOUT);

  test("the sensor loads and drops no events", () => {
    // The guest is slow: the last events may be unread when the program ends.
    const none = String.raw`(none dropped|(\d+) dropped \(\2 because the program ended before the events were read\))\.\n`;
    expect(found("run.log"), found("session.log")).toMatch(new RegExp(` events in .* ${none}`));
    expect(found("run.log")).not.toContain("does not accept the probe");
    if (isWholeDrill) {
      expect(found("record.log"), found("session.log")).toMatch(new RegExp(` events written, ${none}`));
    }
  });

  test("files are watched for changes", () => {
    expect(found("run.log")).toContain("Receiving file_integrity events");
    expect(found("run.log")).not.toContain("Cannot receive");
  });

  test("every action of the drill was performed", () => {
    const reports = found("drill.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(reports.filter(({ outcome }) => outcome !== "done")).toEqual([]);
    expect(reports).toHaveLength(actions.length);
  });

  test("the drill leaves no files, no cgroups and no controllers behind", () => {
    expect(found("left").trim()).toBe("");
  });

  test.each(actions.map((action) => [action.name, action] as const))("%s raises an alert", (_name, action) => {
    expect(alerts.filter((alert) => matchesAction(action, alert))).not.toEqual([]);
  });

  test("no other stable rule matches", () => {
    const others = alerts.filter((alert) => !actions.some((action) => matchesAction(action, alert)));
    const also = new Set(actions.flatMap((action) => action.also ?? []));
    const isOfDrill = ({ rule, fields }: (typeof alerts)[number]): boolean =>
      also.has(rule) && /\/(drill-call\.mjs|drill\/call\.ts) /.test(String(fields["proc.pcmdline"]));
    expect(others.filter((alert) => stable.has(alert.rule) && !isOfDrill(alert))).toEqual([]);
  });

  // Not skipped otherwise: `npm run test:kernels` is another set of tests.
  if (isWholeDrill) {
    test("a capture recorded with the portable probe has the events of an action", () => {
      expect(found("portable.log")).toMatch(/Using the portable probe, because .* events written, none dropped\.\n$/s);
      const readsShadow = SYSCALL_ACTIONS.filter(({ name }) => name === "read-shadow");
      const replayed = replay(join(results, "portable.scap.gz"));
      expect(readsShadow.map((action) => replayed.some((alert) => matchesAction(action, alert)))).toEqual([true]);
    });

    test("a capture recorded in the guest raises the same alerts in a replay as live", () => {
      const drilled = (all: typeof alerts) =>
        all
          .filter((alert) => actions.some((action) => matchesAction(action, alert)))
          .map((alert) => JSON.stringify(timeless(alert)))
          .sort();
      expect(drilled(replay(join(results, "drill.scap.gz")))).toEqual(drilled(alerts));
    });
  }
}

/** Returns the alerts of a capture. */
function replay(capture: string): readonly DrilledAlert[] {
  const options = ["--match", "all", "--json", "-o", "community_id=always"];
  const { stdout } = spawnSync(eyas, ["replay", capture, ...options], { encoding: "utf8", maxBuffer: 1 << 26 });
  return readAlerts(stdout);
}

/** Returns an alert without its time, which differs between two sensors. */
function timeless({ rule, fields }: DrilledAlert): object {
  const { "evt.time": _time, "proc.duration": _duration, ...rest } = fields;
  return { rule, ...rest };
}
