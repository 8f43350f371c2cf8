import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { entry } from "../../../journal/alerts.fixture.ts";
import { everything } from "../../filter/filter.ts";
import { journalStore } from "../journal/journal-store.ts";
import type { Store } from "../store.ts";
import { elasticsearchStore } from "./elasticsearch-store.ts";
import { standInFleet, type TestFleet } from "./fleet.fixture.ts";

let fleet: TestFleet;
let store: Store;
beforeEach(async () => {
  fleet = await standInFleet("elasticsearch");
  store = await elasticsearchStore(fleet.settings, journalStore("/nowhere"));
});
afterEach(async () => {
  vi.useRealTimers();
  store.close();
  await fleet.close();
});

const BEGAN = Date.now();
const at = (milliseconds: number): { readonly time: bigint } => ({
  time: BigInt(BEGAN + milliseconds) * 1_000_000n,
});

/**
 * Follows the store from the newest alert. Returns the process IDs of the alerts that were added since the last call.
 */
async function followed(): Promise<() => Promise<unknown[]>> {
  let cursor = await store.end();
  return async () => {
    await sleep(410);
    const told: unknown[] = [];
    let count: number;
    do {
      const { alerts, cursor: next } = await store.after(everything, cursor, 500);
      cursor = next;
      count = alerts.length;
      told.push(...alerts.map(({ fields }) => fields["proc.pid"]));
    } while (count > 0);
    return told;
  };
}

test("an alert with a time in the future does not delay other alerts", async () => {
  await fleet.append([entry(1, at(-5000)), entry(2, at(3_600_000))]);
  const told = await followed();
  await told();
  await fleet.append([entry(3, at(0))]);
  expect(await told()).toEqual([3]);
  await fleet.append([entry(4, at(7_200_000)), entry(5, at(1))]);
  expect(await told()).toEqual([5, 4]);
  await fleet.append([entry(6, at(2))]);
  expect(await told()).toEqual([6]);
});

test("alerts that were stored before the stream started are not new, even if there are many", async () => {
  await fleet.append(Array.from({ length: 1500 }, (_, i) => entry(i, at(-20_000 + 10 * i))));
  const told = await followed();
  expect(await told()).toEqual([]);
  await fleet.append([entry(2000, at(-6000))]);
  expect(await told()).toEqual([2000]);
});

test("alerts are returned after the clock is set back", async () => {
  await fleet.append([entry(1, at(-5000))]);
  const told = await followed();
  expect(await told()).toEqual([]);
  vi.useFakeTimers({ toFake: ["Date"], now: BEGAN - 3_600_000 });
  await fleet.append([entry(2, at(0))]);
  expect(await told()).toEqual([2]);
});
