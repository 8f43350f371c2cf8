import { copyFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { entry, inventory, newJournal } from "./alerts.fixture.ts";
import { openDurableWriter } from "./durable-writer.ts";
import { followJournal, Unrecovered } from "./follow.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };

afterEach(() => void vi.restoreAllMocks());

test("a follower waits for unread alerts of a damaged file, which are recovered before alerts that it has read", () => {
  const file = newJournal();
  const damaged = openWriter(`${file}.damaged-20260101T000000`, limits);
  damaged.append(Array.from({ length: 3000 }, (_, i) => entry(i + 1)));
  damaged.setPosition("http", 1500);
  damaged.close();
  const model = newJournal();
  const before = openWriter(model, limits);
  before.setState("recovering 20260101T000000", 1);
  before.close();
  copyFileSync(model, file);

  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 30)); // each step recovers few alerts
  const durable = openDurableWriter({ file, limits }, () => {});
  durable.append([entry(3001)]);
  const journal = followJournal(file);
  let waits = 0;
  let missing = 0;
  const read: number[] = [];
  const readOn = (): void => {
    try {
      for (let length = 1; length > 0; ) {
        const { alerts, reached } = journal.page(read.at(-1) ?? 1500, 10_000);
        read.push(...alerts.map(({ seq }) => seq));
        ({ length } = alerts);
        if (reached === 3001) missing ||= 3001 - inventory(file).size;
      }
    } catch (error) {
      if (!(error instanceof Unrecovered)) throw error;
      waits++;
    }
  };
  do readOn();
  while (durable.watch());
  journal.close();
  durable.close();
  expect(read).toEqual(Array.from({ length: 1501 }, (_, i) => 1501 + i));
  expect(waits).toBeGreaterThan(0);
  expect(missing).toBeGreaterThan(1000);
  expect(inventory(file).size).toBe(3001);
});

test("a page ends after two million characters, of values or of messages", () => {
  const long = "x".repeat(500_000);
  for (const alerts of [
    Array.from({ length: 10 }, (_, i) => entry(i + 1, { output: undefined, message: long })),
    Array.from({ length: 10 }, (_, i) => entry(i + 1, { output: "%proc.name", message: long }, { "proc.name": long })),
    Array.from({ length: 10 }, (_, i) => entry(i + 1, { output: "a", message: "a" }, { "proc.name": long })),
  ]) {
    const file = newJournal();
    const writer = openWriter(file, limits);
    writer.append(alerts);
    writer.close();
    const journal = followJournal(file);
    const { length } = journal.page(0, 1000).alerts;
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(4);
    expect(journal.page(length, 1000).alerts[0]?.seq).toBe(length + 1);
    journal.close();
  }
});
