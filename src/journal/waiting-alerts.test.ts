import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { entry, inventory, newJournal, reading } from "./alerts.fixture.ts";
import { type DurableWriter, type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { idMaker } from "./id.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** A reserve without space. */
const noReserve = { add: () => false };

test("waiting alerts of a frequent rule leave room for other rules and severe alerts", () => {
  const waiting = new WaitingAlerts(noReserve);
  const nextId = idMaker(undefined);
  let frequent = 0;
  while (waiting.add(entry(frequent), nextId) !== undefined) frequent++;
  expect(frequent).toBe(3750);
  expect(waiting.add(entry(1, { rule: "Other" }), nextId)).toBeDefined();
  let severe = 0;
  while (waiting.add(entry(severe, { priority: "Critical" }), nextId) !== undefined) severe++;
  expect(frequent + 1 + severe).toBe(5000);
});

test("the total size of waiting alerts is limited, and removed alerts make room", () => {
  const waiting = new WaitingAlerts(noReserve);
  const nextId = idMaker(undefined);
  const large = entry(1, { priority: "Critical", message: "x".repeat(500_000) });
  while (waiting.add(large, nextId) !== undefined);
  expect(waiting.length).toBe(8);
  waiting.remove(1);
  expect(waiting.add(large, nextId)).toBeDefined();
});

/** A writer that cannot create its directory until `unblock` is called. */
function blocked(): {
  readonly file: string;
  readonly news: JournalNotice[];
  readonly durable: DurableWriter;
  readonly unblock: () => void;
} {
  const obstacle = join(dirname(newJournal()), "folder");
  writeFileSync(obstacle, ""); // a file at the path of the directory
  const file = join(obstacle, "journal.db");
  const news: JournalNotice[] = [];
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits: { maxAge: 0, maxSize: 0 } },
    (one) => news.push(one),
    () => clock,
    () => clock,
  );
  const unblock = (): void => {
    rmSync(obstacle);
    clock += 1500;
  };
  return { file, news, durable, unblock };
}

test("an invalid alert does not prevent writing the others", () => {
  const { file, news, durable, unblock } = blocked();
  const invalid = entry(3, { time: 2n ** 100n });
  durable.append([entry(1), entry(2), invalid, entry(4), entry(5)], true);
  expect(durable.counts().waiting).toBe(5);
  unblock();
  durable.retry();
  durable.close();
  expect(durable.counts()).toMatchObject({ kept: 4, missed: 1, waiting: 0 });
  expect(news.at(-1)).toMatchObject({ kind: "resumed", late: 4, missed: 1, noRoom: 0 });
  expect(inventory(file).size).toBe(4);
});

test("alerts that exceed the limits are reported, and the others are written later in order", () => {
  const { file, news, durable, unblock } = blocked();
  const entries = Array.from({ length: 4000 }, (_, i) => entry(i));
  const answer = durable.append(entries, true);
  if (!("late" in answer) || answer.late === undefined) throw new Error("the alerts do not wait");
  expect(durable.counts()).toMatchObject({ kept: 0, waiting: 3750, missed: 250 });
  durable.retry(); // too early for a retry
  expect(durable.append([entry(1)])).toEqual({ fault: answer.late.fault });

  unblock();
  durable.retry();
  expect(durable.counts()).toMatchObject({ kept: 3750, waiting: 0, missed: 251, fault: undefined });
  durable.close();
  expect(news).toMatchObject([
    { kind: "stopped" },
    { kind: "overflow" },
    { kind: "resumed", late: 3750, missed: 251, noRoom: 250 },
  ]);
  expect([...inventory(file).values()]).toEqual(answer.late.ids.slice(0, 3750));
  const messages = reading(file, (reader) => reader.read(0, 10_000).map(({ message }) => message));
  expect(messages).toEqual(entries.slice(0, 3750).map(({ message }) => message));
});
