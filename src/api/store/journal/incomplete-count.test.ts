import { afterEach, expect, test, vi } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "./journal-store.ts";

afterEach(() => vi.restoreAllMocks());

test("a count that was interrupted is completed by the next request, even if the journal is unchanged", async () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 10_000_000 });
  writer.append(Array.from({ length: 300 }, (_, i) => entry(i)));
  const store = journalStore(file);
  expect(await store.count(everything, "own.field", 1)).toMatchObject({ total: 300 });
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 10_000));
  const query = { ...everything, since: 1n };
  expect(await store.count(query, "own.field", 1)).toMatchObject({ complete: false });
  clock.mockRestore();
  const { total, complete } = await store.count(query, "own.field", 1);
  expect({ total, complete }).toEqual({ total: 300, complete: undefined });
  writer.close();
  store.close();
});
