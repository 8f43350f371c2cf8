import { afterEach, expect, test, vi } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything, filterOf } from "../../filter/filter.ts";
import { SIZE } from "./block.ts";
import { journalStore } from "./journal-store.ts";

afterEach(() => vi.restoreAllMocks());

test("a search for new alerts ends after a time limit, and continues from its cursor", async () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const store = journalStore(file);
  const count = SIZE + 10;
  for (let i = 0; i < count; i += 2000)
    writer.append(Array.from({ length: Math.min(2000, count - i) }, (_, j) => entry(i + j)));
  const filter = filterOf({ query: 'fd.name regex "/etc/file-[0-9]*7"' }, store.isField); // tests each alert
  await store.after(everything, "0", 1); // loads the columns
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    clock += 30;
    return clock;
  });
  const found: unknown[] = [];
  let calls = 0;
  let longest = 0;
  for (let cursor = "0", more = true; more; calls++) {
    const begin = clock;
    const page = await store.after(filter, cursor, 100_000);
    longest = Math.max(longest, clock - begin);
    found.push(...page.alerts.map(({ fields }) => fields["proc.pid"]));
    ({ cursor, more } = page);
  }
  expect(calls).toBeGreaterThan(10);
  expect(longest).toBeLessThan(200);
  expect(found).toEqual(Array.from({ length: count }, (_, i) => i).filter((i) => i % 10 === 7));
  store.close();
  writer.close();
});
