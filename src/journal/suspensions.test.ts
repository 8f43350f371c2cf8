import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { stepOf } from "./action-entry.fixture.ts";
import { openActionLog } from "./action-log.ts";
import { openActionLogWriter } from "./action-log-writer.ts";
import { entry, inventory, newJournal, recoverInto } from "./alerts.fixture.ts";
import { openDurableWriter } from "./durable-writer.ts";
import { MAX_SUSPENSIONS } from "./suspensions.ts";
import { openWriter } from "./write.ts";

const DAY = 86_400_000;
const unlimited = { maxAge: 0, maxSize: 0 };

function suspended(file: string): { targets: (string | undefined)[]; unlisted: number } {
  const log = openActionLog(file);
  try {
    return { targets: log?.suspended().map(({ target }) => target) ?? [], unlisted: log?.unlisted() ?? 0 };
  } finally {
    log?.close();
  }
}

function record(file: string, ...steps: Parameters<typeof stepOf>[]): void {
  const log = openActionLogWriter(file);
  log?.write(steps.map((step) => stepOf(...step)));
  log?.close();
}

const stop = { action: "host:stop", undoneBy: "host:continue" };

function append(file: string, count: number): void {
  const writer = openWriter(file, unlimited);
  writer.append(Array.from({ length: count }, (_, i) => entry(i)));
  writer.close();
}

test("the alert of a suspended target outlives max_age until the target is released", () => {
  const file = newJournal();
  append(file, 5000);
  record(file, [1, { seq: 2, target: "process 7", ...stop }], [2, { seq: 4999, target: "process 8", ...stop }]);
  let clock = Date.now();
  const expire = () => {
    clock += 2 * DAY;
    const writer = openDurableWriter(
      { file, limits: { maxAge: DAY, maxSize: 0 } },
      () => {},
      () => clock,
      () => clock,
    );
    while (writer.enforceLimits(1e9));
    writer.close();
  };
  expire();
  expect([...inventory(file).keys()]).toEqual([2, 4999]);
  expect(suspended(file).targets).toEqual(["process 8", "process 7"]);
  record(file, [3, { seq: 5001, target: "process 7", action: "host:continue", state: "skipped", why: "nothing" }]);
  expect(suspended(file).targets).toEqual(["process 8"]);
  expire();
  expect([...inventory(file).keys()]).toEqual([4999]);
});

test("a suspended target stays listed if its alert must be deleted because of max_size", () => {
  const file = newJournal();
  append(file, 100);
  record(file, [1, { seq: 1, target: "process 7", ...stop }]);
  const writer = openWriter(file, unlimited);
  while (writer.makeRoom() > 0);
  writer.close();
  expect(inventory(file).size).toBe(0);
  expect(suspended(file).targets).toEqual(["process 7"]);
});

test("the alert of a suspended target is deleted last", () => {
  const file = newJournal();
  append(file, 2000);
  record(file, [1, { seq: 900, target: "process 7", ...stop }]);
  const writer = openWriter(file, unlimited);
  while (writer.retention.alerts > 1) writer.makeRoom();
  writer.close();
  expect([...inventory(file).keys()]).toEqual([900]);
});

test("only later actions on the same target release it", () => {
  const file = newJournal();
  append(file, 10);
  record(
    file,
    [1, { target: "process 7", action: "host:continue" }],
    [2, { target: "process 7", ...stop }],
    [3, { target: "process 8", action: "host:continue" }],
    [4, { target: "process 7", action: "host:continue", state: "failed" }],
    [5, { target: "process 7", action: "container:resume" }],
    [6, { target: "process 9", ...stop, state: "skipped", why: "dry_run" }],
  );
  expect(suspended(file).targets).toEqual(["process 7"]);
});

test("the number of listed suspended targets is limited, and unlisted targets are counted", () => {
  const file = newJournal();
  append(file, 1);
  const excess = 3;
  record(
    file,
    ...Array.from(
      { length: MAX_SUSPENSIONS + excess },
      (_, i): Parameters<typeof stepOf> => [i + 1, { seq: 1, target: `process ${i}`, ...stop }],
    ),
  );
  const { targets, unlisted } = suspended(file);
  expect([targets.length, targets.at(-1), unlisted]).toEqual([MAX_SUSPENSIONS, `process ${excess}`, excess]);
});

test("recovery preserves suspended targets", () => {
  const file = newJournal();
  append(file, 10);
  record(file, [1, { target: "process 7", ...stop }], [2, { target: "process 8", ...stop }]);
  record(file, [3, { target: "process 8", action: "host:continue" }]);
  const other = newJournal();
  const writer = openWriter(other, unlimited);
  recoverInto(writer, file);
  writer.close();
  expect(suspended(other).targets).toEqual(["process 7"]);
});

test("a journal of an earlier version lists its suspended targets after the migration", () => {
  const file = newJournal();
  append(file, 10);
  record(
    file,
    [1, { target: "process 7", action: "host:stop" }],
    [2, { target: "container web", action: "container:pause" }],
    [3, { target: "process 8", action: "host:stop" }],
    [4, { target: "process 8", action: "host:continue" }],
  );
  const db = new DatabaseSync(file);
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version) - 5;
  db.exec(`DROP TABLE group_change; DROP TABLE case_change; DROP TABLE bulk_change; ALTER TABLE comment DROP COLUMN bulk; ALTER TABLE comment DROP COLUMN assignee;
    DROP TABLE identity; DROP TABLE suspension;
    ALTER TABLE response DROP COLUMN undone_by; ALTER TABLE response DROP COLUMN record;
    PRAGMA user_version = ${version}; UPDATE state SET value = ${version} WHERE name = 'version'`);
  db.close();
  openWriter(file, unlimited).close();
  expect(suspended(file).targets).toEqual(["container web", "process 7"]);
});
