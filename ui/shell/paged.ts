import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { messageOf } from "./resource.ts";

interface Fetched<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

/** Rows of a paginated list. */
export interface Paged<T> {
  /** Rows that have been fetched; undefined until the first page is loaded. */
  readonly rows: readonly T[] | undefined;
  /** Fetches the next page; undefined at the end. */
  readonly more: (() => void) | undefined;
  readonly failure: string | undefined;
}

/**
 * Fetches the first page on mount and when the key changes, and further pages on demand. Skips empty pages before the
 * last page.
 */
export function usePaged<T>(
  key: string,
  fetch: (cursor: string | undefined, signal: AbortSignal) => Promise<Fetched<T>>,
): Paged<T> {
  const state = useSignal<{ rows: readonly T[] | undefined; next: string | null; failure: string | undefined }>({
    rows: undefined,
    next: null,
    failure: undefined,
  });
  const load = async (before: readonly T[], start: string | undefined, signal: AbortSignal): Promise<void> => {
    try {
      let cursor = start;
      let page: Fetched<T>;
      do {
        page = await fetch(cursor, signal);
        cursor = page.next ?? undefined;
      } while (page.rows.length === 0 && cursor !== undefined);
      if (!signal.aborted) state.value = { rows: [...before, ...page.rows], next: page.next, failure: undefined };
    } catch (error) {
      if (!signal.aborted) state.value = { ...state.peek(), failure: messageOf(error) };
    }
  };
  useEffect(() => {
    const controller = new AbortController();
    void load([], undefined, controller.signal);
    return () => controller.abort();
  }, [key]);
  const { rows, next, failure } = state.value;
  const more = (): void => void load(rows ?? [], next ?? undefined, new AbortController().signal);
  return { rows, failure, more: next === null ? undefined : more };
}
