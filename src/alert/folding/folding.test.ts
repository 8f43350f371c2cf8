import { expect, test } from "vitest";
import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import { defaultAlertOptions, prepareAlert, type RuleAlert } from "../alert.ts";
import { entryOf } from "../entry.ts";
import { restoredAlert } from "../restored.ts";
import { type FoldedRule, Folding } from "./folding.ts";
import { limitsFor, MAX_SHARES, PERIOD } from "./limits.ts";

const SECOND = 1000;
const strict = limitsFor({ burst: 10, rate: 0.1 });

interface Match {
  readonly account?: string;
  readonly user?: number;
  readonly program?: string;
  readonly process?: number;
  readonly subject?: string;
}

const options = { ...defaultAlertOptions, hostname: "edge-1" };
const rule = {
  name: "Link",
  description: "",
  condition: "",
  output: "",
  priority: "Warning",
  source: "syscall",
  tags: ["T1005"],
  enabled: true,
  capture: false,
  captureDuration: 0,
} as const;

/** Alert folding with a settable clock, the raised alerts, and the number of matches. */
function folding(limits = strict) {
  const alerts: RuleAlert[] = [];
  const folded = new Folding(limits, (alert) => alerts.push(alert), 0);
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  const event = new Observed(new Machine());
  event.place(bytes, view, 0, 0, 2);
  let current: Required<Match>;
  const template = {
    output: "%proc.name linked",
    text: () => `${current.program} linked`,
    fields: [
      { name: "a", json: () => JSON.stringify(current.account) },
      { name: "z", json: () => JSON.stringify(current.subject) },
    ],
  };
  const raise = prepareAlert(rule, template, [], options);
  const newRule = (): FoldedRule => ({
    share: folded.rule(),
    path: [
      () => current.account,
      () => current.user,
      () => current.program,
      () => current.process,
      () => current.subject,
    ],
    raise,
  });
  const one = newRule();
  let matches = 0;
  return {
    alerts,
    folded,
    newRule,
    get matches() {
      return matches;
    },
    /** Number of matches that the alerts represent. */
    get counted() {
      return alerts.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);
    },
    match(match: Match, of = one) {
      current = { account: "host", user: 1000, program: "/bin/ln", process: 7, subject: "/etc/shadow", ...match };
      view.setBigUint64(0, 1_700_000_000_000_000_000n + BigInt(folded.now) * 1_000_000n, true);
      folded.match(of, event);
      matches++;
    },
    pass(milliseconds: number) {
      folded.now += milliseconds;
      folded.report();
    },
  };
}

test("below the limits, each match raises an alert", () => {
  const { alerts, match, pass } = folding();
  for (let i = 0; i < 10; i++) match({});
  for (let i = 0; i < 20; i++) {
    pass(PERIOD);
    match({});
  }
  expect(alerts).toHaveLength(30);
  expect(alerts.every(({ repeats, delayed }) => repeats === undefined && delayed === undefined)).toBe(true);
});

test("repeats become one alert per period, with the number of repeats and the times of the first and the last", () => {
  const { alerts, match, pass, folded } = folding();
  for (let i = 0; i < 60_000; i++) {
    pass(1);
    match({});
  }
  folded.flush();
  expect(alerts).toHaveLength(16);
  const again = alerts[10]!;
  expect(again.json).toBe(
    `{"hostname":"edge-1","output":"${again.text}","output_fields":{"a":"host","evt.time":1700000010002000000,` +
      '"eyas.repeats":9991,"eyas.repeats.first":"2023-11-14T22:13:20.011000000Z",' +
      '"eyas.repeats.last":"2023-11-14T22:13:30.001000000Z","z":"/etc/shadow"},"priority":"Warning","rule":"Link",' +
      '"source":"syscall","tags":["T1005"],"time":"2023-11-14T22:13:30.002000000Z"}',
  );
  expect(again.text).toMatch(/: Warning \/bin\/ln linked \(repeats: 9991\)$/);
  const stored = restoredAlert({ ...entryOf(again), seq: 1, id: "x" }, options);
  expect(stored.json).toBe(again.json);
});

test("repeats without a subsequent match are reported after a period, in an alert of the first repeat", () => {
  const { alerts, match, pass } = folding();
  for (let i = 0; i < 13; i++) match({});
  pass(PERIOD - 1);
  expect(alerts).toHaveLength(10);
  pass(SECOND);
  expect(alerts).toHaveLength(11);
  expect(alerts[10]).toMatchObject({ repeats: 2, delayed: true, time: alerts[0]!.time });
});

test("a frequent subject delays no other subject, process, program, user, account or rule", () => {
  const { alerts, match, newRule } = folding();
  for (let i = 0; i < 10_000; i++) match({});
  const before = alerts.length;
  match({ subject: "/etc/sudoers" });
  match({ process: 8 });
  match({ program: "/bin/cp" });
  match({ user: 0 });
  match({ account: "3ad7b26ded6d" });
  match({}, newRule());
  expect(alerts).toHaveLength(before + 6);
});

test("varying subjects, processes and programs do not evade the limits of the process, program and user", () => {
  const one = folding();
  for (let i = 0; i < 100_000; i++) {
    if (i % 1000 === 0) one.pass(SECOND / 10);
    one.match({ subject: `zz${i}` });
  }
  one.folded.flush();
  expect(one.alerts.length).toBeLessThan(50 + 10 * 1 + 5);
  expect(one.counted).toBe(one.matches);
  const forked = folding();
  for (let i = 0; i < 100_000; i++) {
    if (i % 1000 === 0) forked.pass(SECOND / 10);
    forked.match({ process: i % 30_000 });
  }
  forked.folded.flush();
  expect(forked.alerts.length).toBeLessThan(100 + 10 * 2 + 5);
  expect(forked.counted).toBe(forked.matches);
  const two = folding();
  for (let i = 0; i < 100_000; i++) {
    if (i % 1000 === 0) two.pass(SECOND / 10);
    two.match({ subject: `zz${i}`, program: `/tmp/${i % 1000}` });
  }
  two.match({ user: 0 });
  expect(two.alerts.at(-1)?.repeats).toBeUndefined();
  two.folded.flush();
  expect(two.alerts.length).toBeLessThan(200 + 10 * 5 + 5);
  expect(two.counted).toBe(two.matches);
});

test("accounts that use up the limit of a rule do not silence another account", () => {
  const { alerts, match } = folding();
  for (let i = 0; i < 200_000; i++) match({ account: `pod${i % 300}`, user: i % 7, subject: `zz${i % 11}` });
  const before = alerts.length;
  expect(before).toBeLessThan(2000 + 300 * 10 + 1);
  match({ account: "another" });
  expect(alerts).toHaveLength(before + 1);
});

test("the numbers of alerts and repeats add up to the number of matches despite evictions, changed limits and clock changes", () => {
  const one = folding(limitsFor({ burst: 10_000, rate: 1000 }));
  const { folded } = one;
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  for (let i = 0; i < 100_000; i++) {
    one.match({
      account: `a${random(3)}`,
      user: random(50),
      program: `p${random(20)}`,
      process: random(3),
      subject: `s${random(500)}`,
    });
    if (i % 500 === 0) one.pass(random(400) === 0 ? 20 * SECOND : random(5) - 1);
    if (i % 9000 === 0) folded.limit(random(2) === 0 ? strict : limitsFor({ burst: 10_000, rate: 1000 }));
    if (folded.size > MAX_SHARES) throw new Error(`${folded.size} shares`);
  }
  expect(folded.evicted).toBeGreaterThan(0);
  expect(one.counted).toBeLessThan(one.matches);
  folded.clear();
  expect(one.counted).toBe(one.matches);
});
