import { IndicatorSet } from "../../condition/indicator-set.ts";
import type { IndicatorEntry } from "../../config/keys.ts";
import type { IndicatorStore } from "../../identity/indicators/store.ts";

/** The indicators of this process; undefined until indicators are configured. */
let store: IndicatorStore | undefined;

/** Reads the indicator files that changed since the last read. @returns one sentence for each file that has an error */
export async function useIndicators(entries: readonly IndicatorEntry[]): Promise<readonly string[]> {
  if (entries.length === 0 && store === undefined) return [];
  const { IndicatorStore } = await import("../../identity/indicators/store.ts");
  store ??= new IndicatorStore();
  return store.use(entries);
}

/** Indicator lists by name. A list is empty if its file has not been read. */
export function indicatorLists(entries: readonly IndicatorEntry[]): ReadonlyMap<string, IndicatorSet> {
  return new Map(entries.map(({ name, kind }) => [name, store?.lists.get(name) ?? new IndicatorSet(name, kind)]));
}

/** Returns the indicators of this process; undefined until indicators are configured. */
export function indicatorStore(): IndicatorStore | undefined {
  return store;
}
