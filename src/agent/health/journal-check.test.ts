import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { InternalEvent } from "../../alert/internal.ts";
import { Health } from "../../telemetry/health.ts";
import { CanaryStages } from "./canary-stages.ts";
import { openJournalCheck } from "./journal-check.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-01-14T09:20:11Z") }));
afterEach(() => void vi.useRealTimers());

/** A journal whose answers the test controls. */
function watched() {
  const health = new Health();
  health.set("journal", "ok");
  const stages = new CanaryStages(health);
  stages.open();
  const raised: (InternalEvent & { readonly isUnstored: boolean })[] = [];
  const journal = {
    marks: 0,
    answers: 0,
    /** Milliseconds until a marker is on disk. */
    delay: 1,
    /** Whether the writer accepts markers but never answers. */
    hangs: false,
    fails: false,
    waiting: [] as (() => void)[],
    mark(): Promise<boolean> {
      journal.marks++;
      return new Promise((resolve) => {
        const answer = (): void => {
          journal.answers++;
          resolve(!journal.fails);
        };
        if (journal.hangs) journal.waiting.push(answer);
        else setTimeout(answer, journal.delay);
      });
    },
    goOn(): void {
      journal.hangs = false;
      for (const answer of journal.waiting.splice(0)) answer();
    },
  };
  let clock = 0;
  const check = openJournalCheck({
    ...{ journal, health, stages, now: () => clock },
    raise: (event, isUnstored) => raised.push({ ...event, isUnstored }),
  });
  /** Advances the clock and the timers in steps of 50 ms. */
  async function pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i += 50) {
      clock += 50;
      await vi.advanceTimersByTimeAsync(50);
    }
  }
  /** Simulates the arrival of a canary, with a response to the marker. */
  async function canary(): Promise<void> {
    check.mark();
    await pass(50);
  }
  const word = (component: "canary" | "journal"): string => {
    const { state, reason } = health.get(component) ?? { state: "missing", reason: "" };
    return reason === "" ? state : `${state}: ${reason}`;
  };
  return {
    ...{ check, journal, health, raised, pass, canary, word },
    rules: () => raised.map(({ rule }) => rule.replace("Eyas internal: ", "")),
    /** Simulates a pause of the process. */
    stop(ms: number): void {
      clock += ms;
    },
  };
}

test("the arrival of a canary stores a marker, unless a marker is pending", async () => {
  const { journal, canary, check, raised, word } = watched();
  for (let i = 0; i < 5; i++) await canary();
  expect(journal.marks).toBe(5);
  journal.hangs = true;
  await canary();
  await canary();
  check.mark();
  expect(journal.marks).toBe(6);
  expect(raised).toEqual([]);
  expect(word("canary")).toBe("ok");
});

test("without canaries, markers are stored at random times", async () => {
  const { journal, pass, raised } = watched();
  await pass(300_000);
  expect(journal.marks).toBeGreaterThanOrEqual(20);
  expect(journal.marks).toBeLessThanOrEqual(60);
  expect(raised).toEqual([]);
});

test("a journal that hangs degrades the canary after 1 s; after 5 s, the canary fails with an alert", async () => {
  const { journal, canary, pass, word, rules, raised, health } = watched();
  await canary();
  journal.hangs = true;
  await canary();
  await pass(850);
  expect(word("canary")).toBe("ok");
  await pass(350);
  expect(word("canary")).toBe("degraded: journal: the test record sent at 2026-01-14T09:20:11.050Z is not stored");
  expect(word("journal")).toBe("ok");
  await pass(3500);
  expect(rules()).toEqual([]);
  await pass(600);
  expect(raised).toMatchObject([
    {
      rule: "Eyas internal: journal does not work",
      message: "The journal does not respond. Alerts are kept in memory until the journal responds.",
      fields: { "eyas.stage": "journal", "eyas.sent": "2026-01-14T09:20:11.050Z" },
      isUnstored: true,
    },
  ]);
  expect(word("journal")).toBe("failed: the journal has not stored a test record since 2026-01-14T09:20:11.050Z");
  expect(health.overall()).toBe("failed");
  await pass(300_000);
  expect(rules()).toHaveLength(1);

  journal.goOn();
  await pass(50);
  expect(raised[1]).toMatchObject({ rule: "Eyas internal: journal works again", isUnstored: false });
  expect(Number(raised[1]?.fields["eyas.seconds"])).toBeGreaterThan(300);
  expect(word("journal")).toBe("ok");
  expect(word("canary")).toBe("degraded: journal: the test record sent at 2026-01-14T09:20:11.050Z was stored late");
  await canary();
  expect(health.overall()).toBe("ok");
});

test("a slow disk raises no alert: the canary stays degraded until a marker is stored in time", async () => {
  const { journal, pass, rules, health, canary } = watched();
  const seen = new Set<string | undefined>();
  await canary();
  journal.delay = 4500;
  for (let i = 0; i < 10; i++) {
    await canary();
    await pass(4600);
    seen.add(health.get("canary")?.state);
  }
  expect([...seen]).toEqual(["degraded"]);
  expect(health.get("journal")?.state).toBe("ok");
  expect(rules()).toEqual([]);
  journal.delay = 1;
  await canary();
  expect(health.overall()).toBe("ok");
});

test("a journal that is busy storing earlier alerts is late, but raises no alert", async () => {
  const { journal, canary, pass, rules, health } = watched();
  await canary();
  journal.hangs = true;
  await canary();
  for (let i = 0; i < 10; i++) {
    await pass(4000);
    journal.answers++; // alerts before the marker
  }
  expect(rules()).toEqual([]);
  expect(health.get("canary")?.state).toBe("degraded");
  await pass(5500);
  expect(rules()).toEqual(["journal does not work"]);
});

test("pauses of the whole process do not count", async () => {
  const { journal, canary, pass, stop, rules, word } = watched();
  await canary();
  journal.hangs = true;
  await canary();
  stop(60_000);
  await pass(300);
  expect(word("canary")).toBe("ok");
  journal.goOn();
  await pass(50);
  expect(word("canary")).toBe("ok");
  expect(rules()).toEqual([]);
});

test("a journal that is checked when it is opened has a minute for the first marker", async () => {
  const { journal, canary, pass, rules } = watched();
  journal.hangs = true;
  await canary();
  await pass(55_000);
  expect(rules()).toEqual([]);
  await pass(6000);
  expect(rules()).toEqual(["journal does not work"]);
});

test("a journal that cannot be written raises an alert after 5 s, which the journal may store later", async () => {
  const { journal, canary, pass, raised, rules, health } = watched();
  await canary();
  journal.fails = true;
  health.set("journal", "failed", "no space left"); // the journal reports the error itself
  await canary();
  expect(health.get("canary")?.state).toBe("degraded");
  await pass(3000);
  expect(rules()).toEqual([]);
  await pass(3500);
  expect(raised).toMatchObject([
    { message: "The journal cannot be written. Alerts are still delivered to outputs.", isUnstored: false },
  ]);
  expect(health.get("journal")?.reason).toBe("no space left");
  journal.fails = false;
  await pass(1500);
  expect(rules()).toEqual(["journal does not work", "journal works again"]);
  expect(health.overall()).toBe("ok");
});

test("a journal that cannot be written for a short time raises no alert", async () => {
  const { journal, canary, pass, rules, health } = watched();
  journal.fails = true;
  await canary();
  await pass(2000);
  journal.fails = false;
  await pass(1500);
  expect(rules()).toEqual([]);
  expect(health.overall()).toBe("ok");
});

test("a closed check stores no markers", async () => {
  const { journal, check, pass, raised } = watched();
  journal.hangs = true;
  check.mark();
  check.close();
  check.mark();
  await pass(300_000);
  expect(journal.marks).toBe(1);
  expect(raised).toEqual([]);
});
