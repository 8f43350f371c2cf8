import { afterAll, afterEach, expect, test, vi } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "./journal-store.ts";

const COUNT = 1000;
const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append(
  Array.from({ length: COUNT }, (_, i) =>
    entry(
      i,
      { time: BigInt(1_795_573_542 + i) * 1_000_000_000n },
      i % 2 === 0 ? {} : { "fd.name": `10.0.0.1:4000->10.0.0.${i % 7}:443` },
    ),
  ),
);
const store = journalStore(file);

afterEach(() => void vi.restoreAllMocks());
afterAll(() => {
  store.close();
  writer.close();
});

test("responses that are ended by the time limit cover each alert exactly once", async () => {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now); // never late
  const whole = await store.flows(everything, { limit: 500 });
  expect(whole).toMatchObject({ alerts: COUNT / 2, omitted: 0, next: null });
  expect(whole.complete).toBeUndefined();
  clock.mockImplementation(() => {
    now += 1000; // every second check is late
    return now;
  });
  const counts = new Map<string, number>();
  const searched: string[] = [];
  let alerts = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const answer = await store.flows(everything, { limit: 500, ...(cursor !== undefined && { cursor }) });
    for (const { to, count } of answer.flows) counts.set(to.address, (counts.get(to.address) ?? 0) + count);
    alerts += answer.alerts;
    if (answer.searched !== undefined) searched.push(answer.searched);
    expect(answer.complete).toBe(answer.next === null ? undefined : false);
    cursor = answer.next;
  }
  expect(alerts).toBe(COUNT / 2);
  expect(counts).toEqual(new Map(whole.flows.map(({ to, count }) => [to.address, count])));
  expect(searched.length).toBeGreaterThan(2);
  expect(searched).toEqual(searched.toSorted().toReversed());
});
