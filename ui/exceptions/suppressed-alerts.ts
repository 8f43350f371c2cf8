import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ManagedException } from "../../src/api/schemas/exception.ts";
import { api } from "../../ui-shared/api/client.ts";
import { completed } from "../../ui-shared/api/completed.ts";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";

/** The time range in which alerts are counted, the same as in the preview of an exception. */
export const LOOK_BACK = "30d";

/** The number of alerts in the journal that an exception would have suppressed. */
export type SuppressedAlerts = { readonly total: number; readonly complete: boolean } | { readonly failure: string };

/**
 * Counts the alerts that each exception would have suppressed, one exception after the other, so that these requests do
 * not delay others.
 * @returns the counts so far, by ID of the exception
 */
export function useSuppressedAlerts(exceptions: readonly ManagedException[]): ReadonlyMap<string, SuppressedAlerts> {
  const counts = useSignal<ReadonlyMap<string, SuppressedAlerts>>(new Map());
  const key = exceptions.map(({ id, version, query = "" }) => `${id} ${version} ${query}`).join("\n");
  useEffect(() => {
    const controller = new AbortController();
    void (async () => {
      for (const { id, query } of exceptions) {
        if (query === undefined) continue;
        const counted = await suppressed(query, controller.signal);
        if (controller.signal.aborted) return;
        counts.value = new Map(counts.peek()).set(id, counted);
      }
    })();
    return () => controller.abort();
  }, [key]);
  return counts.value;
}

async function suppressed(query: string, signal: AbortSignal): Promise<SuppressedAlerts> {
  try {
    const filter = { ...NO_FILTER, query, since: LOOK_BACK };
    const { total, complete } = await completed(() => api.count(filter, "rule", 1, signal), signal);
    return { total, complete: complete !== false };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}
