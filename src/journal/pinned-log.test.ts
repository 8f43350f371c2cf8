import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { stepOf } from "./action-entry.fixture.ts";
import { openActionLogWriter } from "./action-log-writer.ts";
import { entry, newJournal, reading } from "./alerts.fixture.ts";
import { noDeliveries } from "./output-status.ts";
import { openWriter } from "./write.ts";

const MAX = 10_000_000;

/** Opens a read transaction on a journal. @returns a function that ends it */
function pin(file: string): () => void {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec("BEGIN");
  db.prepare("SELECT count(*) FROM alert").get();
  return () => db.close();
}

test.each([MAX, 0])(
  "positions do not fill the log while a reader pins it, and are written later (max_size %i)",
  (maxSize) => {
    const file = newJournal();
    const writer = openWriter(file, { maxAge: 0, maxSize });
    writer.append([entry(1), entry(2)]);
    const release = pin(file);
    const logSize = () => statSync(`${file}-wal`).size;
    const save = (seq: number) => {
      writer.saveProgress({
        outputs: [{ name: "http", seq, status: noDeliveries }],
        dead: seq < 20 ? [{ output: "http", seq: 1, time: seq, reason: "refused" }] : [],
      });
      writer.setPosition("other", seq);
    };
    const rounds = 2000;
    for (let seq = 1; seq <= rounds; seq++) save(seq);
    const full = logSize();
    for (let seq = 1; seq <= rounds; seq++) save(seq + rounds);
    expect(logSize()).toBe(full);
    expect(full).toBeLessThan(maxSize === 0 ? 13_000_000 : 1_600_000);
    expect(writer.append([entry(3, { rule: "Rare" })])[0]).toBeDefined();
    release();
    for (let at = performance.now(); !writer.hasRoomForState() && performance.now() - at < 5000; );
    writer.enforceLimits(0, () => false);
    reading(file, (reader) => {
      expect(reader.outputs()).toMatchObject([{ name: "http", seq: 2 * rounds }]);
      expect(reader.position("other")).toBe(2 * rounds);
      expect(reader.dead("http", 10)).toHaveLength(1);
    });
    writer.close();
  },
);

test("closing the journal writes positions even while a reader pins the log", () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: MAX });
  writer.append([entry(1)]);
  const release = pin(file);
  let seq = 0;
  while (writer.hasRoomForState()) writer.setPosition("http", ++seq);
  writer.setPosition("http", seq + 1);
  reading(file, (reader) => expect(reader.position("http")).toBe(seq));
  writer.close();
  reading(file, (reader) => expect(reader.position("http")).toBe(seq + 1));
  release();
});

test("while the log is full, entries of actions are written, but not the position of responses", () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: MAX });
  writer.append([entry(1)]);
  const release = pin(file);
  const log = openActionLogWriter(file);
  const place = (seq: number) => ({ name: "responses", seq });
  let seq = 1;
  while (log?.write([], place(seq))) seq++;
  expect(statSync(`${file}-wal`).size).toBeLessThan(1_600_000);
  expect(log?.write([stepOf(1)], place(seq))).toBe(true);
  reading(file, (reader) => expect(reader.position("responses")).toBe(seq));
  release();
  log?.close();
  writer.close();
});
