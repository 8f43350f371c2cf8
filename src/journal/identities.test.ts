import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entry, inventory, newJournal, reading, recoverInto } from "./alerts.fixture.ts";
import { openIdentities, RECENT } from "./identities.ts";
import { migrate } from "./schema.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };
const alert = (number: number, identity?: string) => entry(number, identity === undefined ? {} : { identity });

test("an alert with a stored identity is not stored again, even by a later process", () => {
  const file = newJournal();
  const first = openWriter(file, limits);
  const [one, other] = first.append([alert(1, "a"), alert(2), alert(3, "a")]);
  first.close();
  const second = openWriter(file, limits);
  const [again, plain, next] = second.append([alert(1, "a"), alert(2), alert(4, "b")]);
  expect(second.last).toBe(4);
  second.close();
  expect(Buffer.from(again ?? [])).toEqual(Buffer.from(one ?? []));
  expect(plain).not.toEqual(other);
  expect(next).toBeDefined();
  expect([...inventory(file).keys()]).toEqual([1, 2, 3, 4]);
  const files = reading(file, (reader) =>
    reader.read(0, 10).map(({ values, names }) => values[names.indexOf("fd.name")]),
  );
  expect(files).toEqual([1, 2, 2, 4].map((number) => `"/etc/file-${number}"`));
});

test("old identities are deleted after many alerts", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, "x");
  const identities = openIdentities(db);
  const id = new Uint8Array(16).fill(7);
  identities.add(1, "a", id);
  identities.add(RECENT, "b", id);
  expect([identities.idOf("a"), identities.idOf("b")]).toEqual([id, id]);
  identities.add(RECENT + 2000, "c", id);
  expect([identities.idOf("a"), identities.idOf("b")]).toEqual([undefined, id]);
});

test("a row with the sequence number of a later alert does not prevent storing the identity of that alert", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, "x");
  db.prepare("INSERT INTO identity VALUES (2, 'old', x'00')").run();
  const identities = openIdentities(db);
  identities.add(2, "a", new Uint8Array(16).fill(7));
  expect([identities.idOf("a")?.length, identities.idOf("old")]).toEqual([16, undefined]);
});

test("identities survive the recovery of a damaged journal", () => {
  const [from, to] = [newJournal(), newJournal()];
  const before = openWriter(from, limits);
  before.append([alert(1, "a"), alert(2, "b")]);
  before.close();
  const after = openWriter(to, limits);
  recoverInto(after, from);
  after.append([alert(1, "a"), alert(2, "b"), alert(3, "c")]);
  after.close();
  expect([...inventory(to).keys()]).toEqual([1, 2, 3]);
});
