import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { states } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";
import { openTriage } from "./triage.ts";
import { type AlertTriage, TriageBlock } from "./triage-block.ts";

const closed = (comments = 0): AlertTriage => ({ state: "closed", assignee: "vera", comments });

test("a block returns the triage of each row, regardless of the number of alerts with triage", () => {
  let block = TriageBlock.of([]);
  expect(block.states).toBeUndefined();
  block = block.set(3, { state: "open", assignee: "", comments: 1 });
  expect([block.states, block.get(3)?.comments, block.get(4)]).toEqual([undefined, 1, undefined]);
  for (let row = 0; row < SIZE; row += 2) block = block.set(row, closed(row % 3));
  expect(block.get(3)).toEqual({ state: "open", assignee: "", comments: 1 });
  expect([block.get(8), block.get(9)]).toEqual([closed(2), undefined]);
  expect([...(block.states ?? [])].filter((code) => states[code] === "closed")).toHaveLength(SIZE / 2);
  expect([...block.entries()]).toHaveLength(SIZE / 2 + 1);
});

test("a block removes values that alerts no longer have", () => {
  let block = TriageBlock.of(Array.from({ length: SIZE }, (_, row) => [row, closed()]));
  for (let change = 1; change < 70_000; change++) block = block.set(7, closed(change));
  expect([block.get(7), block.get(8)]).toEqual([closed(69_999), closed()]);
});

test("the triage of deleted alerts is removed from memory, both for the oldest alerts and for alerts between others", () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const db = new DatabaseSync(file, { timeout: 5000 });
  writer.append([entry(1)]);
  db.exec(`WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${5 * SIZE})
    INSERT INTO comment (seq, time, who, text, state) SELECT n, 1, 'vera', '', 'closed' FROM s`);
  const triage = openTriage(db);
  triage.refresh();
  expect(triage.size).toBe(5 * SIZE);
  db.exec(`DELETE FROM comment WHERE seq < ${2 * SIZE + 5}`); // as the deletion of alerts does
  triage.forgetDeleted(0);
  expect(triage.size).toBe(3 * SIZE + 1);
  expect(triage.of(SIZE)).toBeUndefined();
  db.exec(`DELETE FROM comment WHERE seq BETWEEN ${2 * SIZE + 6} AND ${4 * SIZE + 9}`);
  triage.forgetDeleted(1);
  expect(triage.size).toBe(SIZE - 9 + 1);
  expect([triage.of(3 * SIZE), triage.statesIn(3 * SIZE)]).toEqual([undefined, undefined]);
  expect(triage.of(4 * SIZE + 10)).toEqual({ state: "closed", assignee: "vera", comments: 0 });
  db.close();
  writer.close();
});
