import { badRequest } from "./api-error.ts";
import type { Store } from "./store/store.ts";

/** The position at which an event stream starts. */
export interface StreamPosition {
  /** Number of the last state change before the stream. */
  readonly changes: number;
  /** Cursor of the last alert before the stream. */
  readonly cursor: string;
}

/** Formats the current position: the number of the latest state change and the cursor of the newest alert. */
export async function streamPosition(store: Store): Promise<string> {
  const { number } = await store.changesAfter(-1);
  return `${Math.max(0, number)}_${await store.end()}`;
}

/** Parses a position. @throws ApiError if the text is not a position */
export function parsePosition(text: string): StreamPosition {
  // A number after a second tilde would refer to the search of another stream.
  const found = /^(\d{1,15})_([^~]+(?:~[\w-]*)?)$/.exec(text);
  if (found === null)
    throw badRequest('The parameter "follow" is invalid; use the value of "follow" in a list of alerts.');
  return { changes: Number(found[1]), cursor: found[2] ?? "" };
}
