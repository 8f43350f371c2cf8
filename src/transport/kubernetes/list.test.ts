import { expect, test } from "vitest";
import { TOO_LARGE, TransportError } from "../http/error.ts";
import { listPages } from "./list.ts";
import type { Call } from "./request.ts";

/** A server whose objects have these sizes in bytes. Responses from its cache are not paged. */
function serverOf(sizes: readonly number[]) {
  const asked: string[] = [];
  async function get({ query, largest = 0 }: Call) {
    const given = query instanceof URLSearchParams ? {} : { ...query };
    const from = Number(given.continue ?? 0);
    const isCached = given.resourceVersion === 0;
    const end = isCached ? sizes.length : Math.min(sizes.length, from + Number(given.limit));
    const items = sizes.slice(from, end);
    const bytes = items.reduce((sum, size) => sum + size, 0);
    asked.push(`${isCached ? "cache" : end - from} ${bytes <= largest ? "ok" : "too large"}`);
    if (bytes > largest) throw new TransportError("the response is larger", TOO_LARGE);
    return { items, metadata: end < sizes.length ? { continue: `${end}` } : {} };
  }
  return { asked, get };
}

async function listed(sizes: readonly number[], cached = false) {
  const { asked, get } = serverOf(sizes);
  const items: number[] = [];
  for await (const page of listPages(get, { path: ["api", "v1", "pods"] }, cached)) items.push(...page.items);
  return { asked, items };
}

test("small objects are read as one page, from the cache if allowed", async () => {
  const sizes = Array<number>(300).fill(2000);
  expect(await listed(sizes)).toEqual({ asked: ["300 ok"], items: sizes });
  expect(await listed(sizes, true)).toEqual({ asked: ["cache ok"], items: sizes });
});

test("large objects are read in smaller pages, and each object once", async () => {
  const sizes = [...Array<number>(100).fill(1 << 20), ...Array<number>(600).fill(1000)];
  const { asked, items } = await listed(sizes, true);
  expect(items).toEqual(sizes);
  expect(asked.slice(0, 4)).toEqual(["cache too large", "500 too large", "62 too large", "7 too large"]);
  expect(asked.filter((each) => each.endsWith("large")).length).toBeLessThan(70);
});

test("one object that is too large is an error", async () => {
  await expect(listed([1000, 25 << 20])).rejects.toThrow("the response is larger");
});
