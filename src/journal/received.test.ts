import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { entry, newJournal, reading, recoverFrom } from "./alerts.fixture.ts";
import { setAside } from "./set-aside.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };
const marks = (file: string): unknown[] =>
  reading(file, (reader) => reader.read(0, 10).map(({ received }) => received ?? false));

/** Creates a journal with one own and one received alert, and sets it aside. */
function kept(): { readonly file: string; readonly aside: string } {
  const file = newJournal();
  const writer = openWriter(file, limits);
  writer.append([entry(1), entry(2, { received: true })]);
  writer.close();
  expect(marks(file)).toEqual([false, true]);
  return { file, aside: setAside(file, new Date()) };
}

it("received alerts are marked, also after recovery", () => {
  const { file, aside } = kept();
  const writer = openWriter(file, limits);
  expect(recoverFrom(writer, aside)).toBe(2);
  writer.close();
  expect(marks(file)).toEqual([false, true]);
});

it("a damaged journal of an older version is recovered", () => {
  const { file, aside } = kept();
  const old = new DatabaseSync(aside);
  old.exec("ALTER TABLE alert DROP COLUMN checksum; ALTER TABLE alert DROP COLUMN received");
  old.exec("ALTER TABLE word DROP COLUMN checksum");
  old.close();
  const writer = openWriter(file, limits);
  expect(recoverFrom(writer, aside)).toBe(2);
  writer.close();
  expect(marks(file)).toEqual([false, false]);
});
