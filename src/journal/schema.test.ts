import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { parseQuery } from "../query/parse.ts";
import { entry, newJournal, reading } from "./alerts.fixture.ts";
import { ForeignJournal, isMigrated, migrate, pragma, VERSION } from "./schema.ts";
import { openWriter } from "./write.ts";

test("a database is migrated once", () => {
  const db = new DatabaseSync(":memory:");
  expect(isMigrated(db, "x")).toBe(false);
  migrate(db, "x");
  expect(pragma(db, "user_version")).toBe(VERSION);
  migrate(db, "x");
  expect(isMigrated(db, "x")).toBe(true);
  db.exec("PRAGMA application_id = 7; DELETE FROM state WHERE name = 'version'");
  expect(() => migrate(db, "x")).toThrow(ForeignJournal);
});

test("a query by rule and namespace, or by text, uses full text search and stops early", () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  for (let i = 0; i < 50; i++)
    writer.append(
      Array.from({ length: 400 }, (_, j) =>
        entry(400 * i + j, { rule: `rule ${j % 20}` }, { "k8s.ns.name": `ns-${j % 7}` }),
      ),
    );
  writer.close();
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  const plans = new DatabaseSync(file, { readOnly: true });
  reading(file, (reader) => {
    for (const words of [["rule=rule 3", "ns=ns-3"], ["read"], ["fd.name=/etc/file-7"]]) {
      let count = 0;
      for (const _ of reader.find(parseQuery(words), "newest")) if (++count === 50) break;
      expect(count).toBeGreaterThan(0);
      const asked = prepare.mock.calls.at(-1)?.[0] ?? "";
      const steps = plans.prepare(`EXPLAIN QUERY PLAN ${asked}`).all();
      // The plan must not sort, because a sort would read all alerts before the first alert is returned.
      expect(steps.map(({ detail }) => detail)).toEqual([
        expect.stringMatching(/^SCAN search VIRTUAL TABLE INDEX \d+:.*M/),
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
      ]);
    }
  });
  plans.close();
  prepare.mockRestore();
});
