import type { Counts } from "../../src/api/schemas/alert.ts";
import { apiParameters, type Filter } from "../filter/filter.ts";
import { post } from "./request.ts";

interface Waiting {
  readonly filter: Filter;
  readonly by: string;
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly resolve: (counts: Counts) => void;
  readonly reject: (error: unknown) => void;
}

/** Maximum number of counts per request, a limit of the API. */
const MAX_COUNTS = 8;

let waiting: Waiting[] = [];

/**
 * Counts alerts for each value of a field. Counts that are requested at the same time share requests, because a browser
 * sends at most six requests at a time, and each takes a round trip.
 * @throws ApiError, also if another count of the same request is invalid
 */
export function countTogether(filter: Filter, by: string, limit: number, signal: AbortSignal): Promise<Counts> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) queueMicrotask(sendAll);
    waiting.push({ filter, by, limit, signal, resolve, reject });
  });
}

function sendAll(): void {
  const all = waiting;
  waiting = [];
  for (let i = 0; i < all.length; i += MAX_COUNTS) void send(all.slice(i, i + MAX_COUNTS));
}

async function send(batch: readonly Waiting[]): Promise<void> {
  const controller = new AbortController();
  const cancel = (): void => {
    if (batch.every(({ signal }) => signal.aborted)) controller.abort();
  };
  for (const { signal } of batch) signal.addEventListener("abort", cancel);
  try {
    const body = { counts: batch.map(({ filter, by, limit }) => ({ ...apiParameters(filter), by, limit })) };
    const counts = await post("/alerts/counts", { body }, controller.signal);
    for (const [i, { resolve, reject }] of batch.entries()) {
      const own = counts[i];
      if (own === undefined) reject(new Error("The server did not return all counts."));
      else resolve(own);
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  } finally {
    for (const { signal } of batch) signal.removeEventListener("abort", cancel);
  }
}
