import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type ClockNotice, openAgeClock, WAIT } from "./age-clock.ts";
import { entry, inventory, newJournal } from "./alerts.fixture.ts";
import { openDurableWriter } from "./durable-writer.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A system clock and a clock since boot that a test controls. */
class Times {
  system = Date.now();
  boot = 1000;

  pass(milliseconds: number): void {
    this.system += milliseconds;
    this.boot += milliseconds;
  }
}

function clockOf(times: Times) {
  const notices: ClockNotice[] = [];
  const clock = openAgeClock(
    () => times.system,
    () => times.boot,
    (notice) => notices.push(notice),
  );
  return { clock, notices };
}

test("a jump ahead is trusted after one hour", () => {
  const times = new Times();
  const { clock, notices } = clockOf(times);
  times.pass(40 * DAY); // no jump, since the time since boot has passed as well
  expect(clock.time()).toBe(times.system);
  times.system += 40 * DAY;
  expect(clock.time()).toBe(times.system - 40 * DAY);
  times.pass(WAIT - 1);
  expect([clock.time(), clock.ahead]).toEqual([times.system - 40 * DAY, 40 * DAY]);
  times.pass(1);
  clock.time();
  expect([clock.time(), clock.ahead]).toEqual([times.system, 0]);
  expect(notices).toEqual([
    { kind: "clock jumped", ahead: 40 * DAY, atStart: false },
    { kind: "clock trusted", ahead: 40 * DAY, wentBack: false },
  ]);
});

test("many small jumps count as one large jump, even with jumps back between them", () => {
  for (const back of [0, 4 * MINUTE]) {
    const times = new Times();
    const { clock, notices } = clockOf(times);
    const before = times.system;
    for (let i = 0; i < 30; i++) {
      times.system += 9 * MINUTE;
      clock.time();
      times.system -= back;
      expect(clock.time()).toBeLessThanOrEqual(before);
    }
    expect(notices[0]).toMatchObject({ kind: "clock jumped" });
  }
});

test("a second jump restarts the delay, and a clock that goes back is trusted immediately", () => {
  const times = new Times();
  const { clock, notices } = clockOf(times);
  times.system += DAY;
  clock.time();
  times.pass(WAIT - MINUTE);
  times.system += DAY;
  clock.time();
  times.pass(2 * MINUTE);
  expect(clock.time()).toBe(times.system - 2 * DAY);
  times.system -= 2 * DAY;
  expect([clock.time(), clock.ahead]).toEqual([times.system, 0]);
  expect(notices.map(({ kind }) => kind)).toEqual(["clock jumped", "clock jumped", "clock trusted"]);
});

test("no alert expires because of a jump of the clock, even after restarts of the agent", () => {
  const times = new Times();
  const file = newJournal();
  const notices: ClockNotice[] = [];
  const open = () =>
    openDurableWriter(
      { file, limits: { maxAge: 30 * DAY, maxSize: 0 } },
      (notice) => notices.push(...(notice.kind === "clock jumped" || notice.kind === "clock trusted" ? [notice] : [])),
      () => times.system,
      () => times.boot,
    );
  const tidy = (writer: ReturnType<typeof open>): void => {
    writer.watch();
    writer.enforceLimits(1e9);
  };
  let writer = open();
  writer.append([entry(1), entry(2)]);
  tidy(writer);
  times.system += 400 * DAY;
  tidy(writer);
  expect(writer.counts()).toMatchObject({ dropped: 0, clockAhead: 400 * DAY });
  for (let restarts = 0; restarts < 3; restarts++) {
    times.pass(MINUTE);
    tidy(writer);
    writer.close();
    writer = open();
    tidy(writer);
    expect(writer.counts()).toMatchObject({ dropped: 0, clockAhead: 0 });
  }
  expect(inventory(file).size).toBe(2);
  expect(notices.map((notice) => notice.kind === "clock jumped" && notice.atStart)).toEqual([false, true, true, true]);
  times.pass(WAIT);
  tidy(writer);
  tidy(writer);
  expect(inventory(file).size).toBe(0);
  writer.close();
});

test("a journal that could not be written is written again even if the clock went back", () => {
  const times = new Times();
  const file = newJournal();
  const folder = join(dirname(file), "folder");
  writeFileSync(folder, "not a directory");
  const news: string[] = [];
  const writer = openDurableWriter(
    { file: join(folder, "journal.db"), limits: { maxAge: 0, maxSize: 0 } },
    ({ kind }) => news.push(kind),
    () => times.system,
    () => times.boot,
  );
  expect(news).toEqual(["stopped"]);
  rmSync(folder);
  times.system -= 30 * DAY;
  times.boot += MINUTE;
  writer.append([entry(1)]);
  writer.close();
  expect(news).toEqual(["stopped", "resumed"]);
});
