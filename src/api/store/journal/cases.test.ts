import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import type { CaseAction } from "../../filter/case.ts";
import { casesOf, MAX_CHANGES_OF_ALL } from "../case-states.ts";
import type { Store } from "../store.ts";
import { journalStore } from "./journal-store.ts";

let file: string;
let store: Store;
beforeEach(() => {
  file = newJournal();
  openWriter(file, { maxAge: 0, maxSize: 0 }).close();
  store = journalStore(file);
});
afterEach(() => store.close());

const change = (id: string | undefined, action: CaseAction): Promise<string> =>
  store.changeCase({ ...(id !== undefined && { id }), user: "vera", action, value: "", text: "x" });
const states = async (): Promise<unknown> =>
  Object.fromEntries(casesOf(await store.caseChanges()).map(({ id, closed }) => [id, closed]));

/** Adds comments to a case until the maximum number of changes is reached. */
function fill(id: string): void {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.prepare(`WITH RECURSIVE n (i) AS (SELECT count(*) + 1 FROM case_change UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO case_change (case_id, time, who, action, value, text) SELECT ?, 1, 'vera', 'comment', '', 'x' FROM n`).run(
    MAX_CHANGES_OF_ALL,
    Number(id),
  );
  db.close();
}

test("an open case can be closed when there are too many changes, and is not deleted", async () => {
  const id = await change(undefined, "open");
  fill(id);
  await expect(change(id, "comment")).rejects.toMatchObject({ code: "too_many" });
  await expect(change(undefined, "open")).rejects.toMatchObject({ code: "too_many" });
  await change(id, "close");
  expect(await states()).toEqual({ [id]: true });
  await expect(change(id, "close")).rejects.toMatchObject({ code: "too_many" });
  await expect(change(id, "reopen")).rejects.toMatchObject({ code: "too_many" });
  expect(await states()).toEqual({ [id]: true });
});

test("when there are too many changes, a closed case is deleted, but never the case that is changed", async () => {
  const [first, second, third] = [
    await change(undefined, "open"),
    await change(undefined, "open"),
    await change(undefined, "open"),
  ];
  await change(first, "close");
  await change(second, "close");
  fill(third);
  await change(first, "reopen");
  expect(await states()).toEqual({ [first]: false, [third]: false });
});
