import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { addFlows, type FlowSum, NO_FLOWS } from "./flow-map.ts";

/** Maximum number of flows per response. */
const LIMIT = 500;

/** The flows that were read so far. */
export interface FlowProgress extends FlowSum {
  /** Whether more responses are being read. */
  readonly reading: boolean;
  /** Start of the range that was read, as an ISO time; undefined if the whole range was read. */
  readonly searched: string | undefined;
  /** Cursor of the next response; null if all alerts were read. */
  readonly next: string | null | undefined;
  readonly failure: string | undefined;
}

const NOTHING: FlowProgress = {
  ...NO_FLOWS,
  ...{ reading: true, searched: undefined, next: undefined, failure: undefined },
};

/** Reads the flows of a filter, one response after another, until all alerts are read or the user stops. */
export function useFlows(filter: Filter): {
  readonly progress: ReadonlySignal<FlowProgress>;
  readonly stop: () => void;
  readonly proceed: () => void;
  readonly reload: () => void;
} {
  const progress = useSignal(NOTHING);
  const controller = useRef(new AbortController());
  const key = filtered("flows", filter);

  async function read(start: FlowProgress): Promise<void> {
    controller.current.abort();
    const own = new AbortController();
    controller.current = own;
    const { signal } = own;
    let sum: FlowProgress = { ...start, reading: true, failure: undefined };
    progress.value = sum;
    try {
      do {
        const answer = await api.flows(filter, { limit: LIMIT, ...(sum.next && { cursor: sum.next }) }, signal);
        if (signal.aborted) return;
        const { next, searched } = answer;
        sum = { ...addFlows(sum, answer), next, searched, reading: next !== null, failure: undefined };
        progress.value = sum;
      } while (sum.reading);
    } catch (error) {
      if (!signal.aborted) progress.value = { ...sum, reading: false, failure: messageOf(error) };
    }
  }
  useEffect(() => {
    void read(NOTHING);
    return () => controller.current.abort();
    // The key includes the filter.
  }, [key]);
  return {
    progress,
    stop() {
      controller.current.abort();
      progress.value = { ...progress.value, reading: false };
    },
    proceed: () => void read(progress.value),
    reload: () => void read(NOTHING),
  };
}
