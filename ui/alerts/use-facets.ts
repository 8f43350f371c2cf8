import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { mainNameField } from "../../src/field/roles.ts";
import { isContinued, pauseAfter } from "../../ui-shared/api/completed.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import {
  containerCondition,
  containerFields,
  type ValueCounts,
  valueCounts,
} from "../../ui-shared/filter/value-counts.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { endedChanges } from "./bulk-change.ts";

/** A property or a field whose values can narrow the list. */
export interface Facet {
  readonly title: string;
  /** Value of the parameter `by` of the API. */
  readonly by: string;
  /** Names in the conditions that select a value. */
  readonly fields: readonly string[];
  /** Returns the condition that selects a value. */
  readonly condition: (value: string) => string;
}

function facetOf(title: string, field: string): Facet {
  return { title, by: field, fields: [field], condition: (value) => comparison(field, value) };
}

export const facets: readonly Facet[] = [
  facetOf("Priority", "priority"),
  facetOf("Rule", "rule"),
  facetOf("Source", "source"),
  facetOf("Host", "hostname"),
  { title: "Container", by: "container", fields: containerFields, condition: containerCondition },
  facetOf("Namespace", mainNameField("namespace")),
  facetOf("Program", mainNameField("process")),
  facetOf("User", mainNameField("user")),
];

/** The values of a facet, or an error message. */
export interface FacetCounts {
  readonly counted?: ValueCounts;
  readonly failure?: string;
}

/** Maximum number of values of a facet. */
const MAX_VALUES = 8;
/** Maximum number of requests at a time, since each may read many alerts. */
const MAX_REQUESTS = 2;
/** Milliseconds after which the values are fetched again if alerts have arrived. */
const REFRESH_INTERVAL = 30_000;

/**
 * Counts the values of the facets while the component is mounted, again when the filter changes, after a bulk change,
 * and at intervals while alerts arrive. Requests for the previous filter are canceled.
 * @param version changes when alerts have arrived
 */
export function useFacets(
  filter: Filter,
  version: ReadonlySignal<number>,
): ReadonlySignal<Readonly<Record<string, FacetCounts>>> {
  const counts = useSignal<Readonly<Record<string, FacetCounts>>>({});
  const refreshed = useSignal(0);
  /** The facets with complete counts, which incomplete ones of the same filter do not replace. */
  const known = useRef({ key: "", complete: new Set<string>() });
  useEffect(() => {
    let shown = version.peek();
    const timer = setInterval(() => {
      if (version.peek() === shown) return;
      shown = version.peek();
      refreshed.value++;
    }, REFRESH_INTERVAL);
    return () => clearInterval(timer);
  }, [version, refreshed]);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const key = filtered("", filter);
    if (key !== known.current.key) known.current = { key, complete: new Set() };
    const { complete } = known.current;
    const waiting = [...facets];
    const fetchNext = async (): Promise<void> => {
      for (let facet = waiting.shift(); facet !== undefined && !signal.aborted; facet = waiting.shift()) {
        const { by } = facet;
        const show = (found: FacetCounts): void => {
          if (!signal.aborted) counts.value = { ...counts.peek(), [by]: found };
        };
        const began = performance.now();
        try {
          const counted = await valueCounts(by, filter, MAX_VALUES, signal);
          const isPart = isContinued(counted);
          if (!isPart || !complete.has(by)) show({ counted });
          if (!isPart) complete.add(by);
          else {
            waiting.push(facet); // after the others
            await pauseAfter(began, signal);
          }
        } catch (error) {
          show({ failure: messageOf(error) });
        }
      }
    };
    for (let i = 0; i < MAX_REQUESTS; i++) void fetchNext();
    return () => controller.abort();
  }, [filtered("", filter), refreshed.value, endedChanges.value]);
  return counts;
}
