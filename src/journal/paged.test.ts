import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { parseQuery } from "../query/parse.ts";
import { entry, newJournal, reading } from "./alerts.fixture.ts";
import { openWriter, type Writer } from "./write.ts";

const unlimited = { maxAge: 0, maxSize: 0 };

function append(writer: Writer, from: number, count: number): void {
  writer.append(Array.from({ length: count }, (_, i) => entry(from + i, { rule: `rule ${(from + i) % 7}` })));
}

test.each(["newest", "oldest"] as const)("a paused query for the %s alerts first does not pin the log", (order) => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  append(writer, 1, 20_000);
  reading(file, (reader) => {
    const db = new DatabaseSync(file);
    const found: number[] = [];
    let written = 20_000;
    for (const { seq } of reader.find(parseQuery(["read"]), order)) {
      found.push(seq);
      if (found.length % 5000 !== 1) continue;
      append(writer, written + 1, 100);
      written += 100;
      expect(db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()).toMatchObject({ busy: 0, log: 0 });
    }
    db.close();
    const all = Array.from({ length: 20_000 }, (_, i) => i + 1);
    expect(found).toEqual(order === "oldest" ? all : all.toReversed());
  });
  writer.close();
});

test("the pages of a query contain the same alerts as a single statement", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  append(writer, 1, 9000);
  writer.close();
  const expected = (holds: (number: number) => boolean) => Array.from({ length: 9000 }, (_, i) => i + 1).filter(holds);
  reading(file, (reader) => {
    for (const [words, holds] of [
      [[], () => true],
      [["rule=rule 3"], (number) => number % 7 === 3],
      [["not", "rule=rule 3"], (number) => number % 7 !== 3],
      [['not "file-77"'], (number) => number !== 77],
      [["fd.name endswith 0"], (number) => number % 10 === 0],
    ] satisfies [string[], (number: number) => boolean][])
      expect([...reader.find(parseQuery(words), "oldest")].map(({ seq }) => seq)).toEqual(expected(holds));
    expect([...reader.find(undefined, "oldest", 8990)]).toHaveLength(10);
  });
});

test("counts over ranges of sequence numbers include all alerts", () => {
  const file = newJournal();
  const writer = openWriter(file, unlimited);
  append(writer, 1, 100);
  for (const seq of [70_000, 70_001, 1_000_000_000]) {
    writer.reserve(seq);
    append(writer, 1, 10);
  }
  writer.close();
  reading(file, (reader) => {
    for (const field of ["priority", "hostname"])
      expect(reader.count(undefined, field).map(({ count }) => count)).toEqual([130]);
    expect(reader.count(parseQuery(["rule=rule 3"]), "rule")).toEqual([{ value: "rule 3", count: 20 }]);
  });
});
