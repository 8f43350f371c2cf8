import { expect, test, vi } from "vitest";

type Completed = <T>(fetch: () => Promise<T>, signal: AbortSignal, onPart?: (value: T) => void) => Promise<T>;
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { completed, isContinued }: { readonly completed: Completed; readonly isContinued: (value: unknown) => boolean } =
  await import(`${import.meta.dirname}/completed.ts`);

test("a count is requested again until it is complete", async () => {
  const answers = [{ total: 1, continues: true }, { total: 2, continues: true }, { total: 3 }];
  const fetch = vi.fn(async () => answers.shift());
  const parts: unknown[] = [];
  expect(await completed(fetch, new AbortController().signal, (part) => parts.push(part))).toEqual({ total: 3 });
  expect(parts).toEqual([
    { total: 1, continues: true },
    { total: 2, continues: true },
  ]);
  expect(fetch).toHaveBeenCalledTimes(3);
});

test("an aborted signal ends the requests", async () => {
  const controller = new AbortController();
  const fetch = vi.fn(async () => ({ continues: true }));
  const counted = completed(fetch, controller.signal, () => setTimeout(() => controller.abort(), 10));
  await expect(counted).rejects.toMatchObject({ name: "AbortError" });
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("several counts are incomplete if one of them is", () => {
  expect(isContinued([{ total: 1 }, { total: 1, continues: true }])).toBe(true);
  expect(isContinued({ now: { total: 1 }, before: { total: 1, continues: true } })).toBe(true);
  expect(isContinued([{ total: 1 }, { total: 1, complete: false }])).toBe(false);
  for (const value of [undefined, null, "continues", 1]) expect(isContinued(value)).toBe(false);
});
