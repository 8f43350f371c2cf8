import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { defaultAlertOptions } from "../alert/alert.ts";
import { entryOf } from "../alert/entry.ts";
import { readAlerts } from "../alert/received.ts";
import { atOnce } from "../server/slices.ts";
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

it("received alerts are marked, even after recovery", () => {
  const { file, aside } = kept();
  const writer = openWriter(file, limits);
  expect(recoverFrom(writer, aside)).toBe(2);
  writer.close();
  expect(marks(file)).toEqual([false, true]);
});

it("an alert whose only field has an empty name is read", () => {
  const body = JSON.stringify({
    ...{ rule: "r", priority: "Warning", time: "2026-01-02T03:04:05Z", output: "o", output_fields: { "": 1 } },
  });
  const { alerts } = atOnce(readAlerts(body, false, 10_000, defaultAlertOptions));
  const file = newJournal();
  const writer = openWriter(file, limits);
  writer.append(alerts.map(entryOf));
  writer.close();
  reading(file, (reader) => {
    expect(reader.read(0, 10)).toMatchObject([{ rule: "r", names: [""], values: ["1"] }]);
    expect(reader.damaged).toBe(0);
  });
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
