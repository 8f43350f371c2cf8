import { afterEach, expect, test, vi } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { everything, filterOf } from "../../filter/filter.ts";
import type { Counts } from "../../schemas/alert.ts";
import { SIZE } from "./block.ts";
import { journalStore } from "./journal-store.ts";
import { FieldValues, Results } from "./tested.ts";

afterEach(() => vi.restoreAllMocks());

/** A journal whose alerts are loaded. */
async function journal(count: number) {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 100_000_000 });
  const append = (from: number, to: number): void => {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    writer.append(
      numbers.map((i) => entry(i, {}, { "own.field": `value ${i % 7}`, "own.text": `${i % 2 ? "odd" : "even"} ${i}` })),
    );
  };
  append(0, count);
  const store = journalStore(file);
  await expect.poll(async () => (await store.count(everything, "rule", 1)).total).toBe(count);
  return {
    store,
    append,
    close() {
      writer.close();
      store.close();
    },
  };
}

/** Lets the time limit expire whenever it is checked after an alert was read. */
function limitTime(): void {
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => (now += 300));
  vi.spyOn(process, "threadCpuUsage").mockImplementation((before) => ({ user: before ? 250_000 : 0, system: 0 }));
}

/** Repeats a count until it is complete. */
async function countAll(count: () => Promise<Counts>): Promise<readonly Counts[]> {
  const answers = [await count()];
  while (answers.at(-1)?.continues) answers.push(await count());
  return answers;
}

const odd = filterOf({ query: 'own.text contains "odd"' }, () => true);

test("a repeated count continues where the last one ended", async () => {
  const { store, append, close } = await journal(1000);
  limitTime();
  for (const by of ["rule", "own.field", "container"]) {
    const answers = await countAll(() => store.count({ ...odd, since: BigInt(by.length) }, by, 10));
    const totals = answers.map(({ total }) => total);
    if (by === "rule") expect(answers.length).toBeGreaterThan(10);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(answers.slice(0, -1).every(({ complete, searched }) => complete === false && searched !== undefined)).toBe(
      true,
    );
    expect(answers.at(-1)).toMatchObject({ total: 500 });
    expect(answers.at(-1)?.complete).toBeUndefined();
  }
  append(1000, 1100);
  expect((await countAll(() => store.count(odd, "rule", 10))).at(-1)).toMatchObject({ total: 550 });
  close();
});

test("counts of the same query share what was tested", async () => {
  const { store, close } = await journal(1000);
  limitTime();
  await countAll(() => store.count(odd, "rule", 10));
  expect(await store.count(odd, "priority", 10)).toEqual({ counts: [{ value: "Warning", count: 500 }], total: 500 });
  expect((await store.overTime(odd, 10)).complete).toBeUndefined();
  expect(await store.groups(odd, { limit: 10 })).toMatchObject({ groups: [{ count: 500 }], next: null });
  close();
});

test("a count of a field continues to the end of all alerts, also beyond a block", async () => {
  const count = SIZE + 500;
  const { store, close } = await journal(count);
  limitTime();
  const answers = await countAll(() => store.count(everything, "own.field", 10));
  expect(answers.length).toBeGreaterThan(count / 200);
  expect(answers.at(-1)).toMatchObject({ total: count });
  expect(answers.at(-1)?.counts).toHaveLength(7);
  close();
});

test("a count with more values than are remembered ends, and does not continue", () => {
  const values = new FieldValues();
  const text = "x".repeat(100_000);
  let i = 0;
  while (values.isComplete) expect(values.set(0, i, `${i++} ${text}`)).toBeDefined();
  expect(values.set(0, i, "another")).toBeUndefined();
  expect(values.set(0, i, `0 ${text}`)).toBe(1);
  expect(values.text(1)).toBe(`0 ${text}`);
  expect(values.codes(0)[1]).toBe(2);
});

test("results are stored for each alert; a damaged alert is tested again", () => {
  const results = new Results();
  const tested: number[] = [];
  const mask = new Uint8Array(SIZE).fill(1);
  expect(results.narrow(SIZE, mask)).toBe(false);
  for (let round = 0; round < 2; round++) {
    for (let row = 0; row < SIZE; row++) {
      const test = (): boolean | undefined => {
        tested.push(row);
        return row === 77 ? undefined : row % 3 === 0;
      };
      expect(results.test(SIZE, row, test)).toBe(row !== 77 && row % 3 === 0);
    }
  }
  expect(tested).toHaveLength(SIZE + 1);
  expect(results.narrow(SIZE, mask)).toBe(false); // because of the damaged alert
  expect([...mask.subarray(75, 82)]).toEqual([1, 0, 1, 1, 0, 0, 1]);
  mask[77] = 0;
  expect(results.narrow(SIZE, mask)).toBe(true);
  results.forget(2 * SIZE);
  expect(results.narrow(SIZE, mask)).toBe(false);
});
