import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { resumptions } from "../api/request.ts";
import { messageOf } from "./resource.ts";

interface Fetched<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

type FetchPage<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Fetched<T>>;

/** Rows of a paginated list. */
export interface Paged<T> {
  /** Rows that have been fetched; undefined until the first page is loaded. */
  readonly rows: readonly T[] | undefined;
  /** Fetches the next page; undefined at the end. */
  readonly more: (() => void) | undefined;
  readonly failure: string | undefined;
}

/**
 * Fetches the first page on mount and when the key changes, and subsequent pages on demand. Skips empty pages before
 * the last page.
 */
export function usePaged<T>(key: string, fetch: FetchPage<T>): Paged<T> {
  const pages = useMemo(() => new Pages<T>(), []);
  useEffect(() => {
    pages.begin(fetch);
    return () => pages.close();
  }, [key]);
  useEffect(() => {
    if (pages.state.peek().failure !== undefined) pages.begin(fetch);
  }, [resumptions.value]);
  const { rows, next, failure } = pages.state.value;
  return { rows, failure, more: next === null ? undefined : () => pages.more() };
}

/** The pages of a list, of which at most one is being fetched. */
export class Pages<T> {
  readonly state = signal<{ rows: readonly T[] | undefined; next: string | null; failure: string | undefined }>({
    rows: undefined,
    next: null,
    failure: undefined,
  });
  private fetch: FetchPage<T> | undefined;
  private controller: AbortController | undefined;

  /** Fetches the first page. Subsequent pages are fetched with the same function. */
  begin(fetch: FetchPage<T>): void {
    this.close();
    this.fetch = fetch;
    void this.load(fetch, [], undefined);
  }

  /** Fetches the next page, unless a page is being fetched. */
  more(): void {
    const { rows = [], next } = this.state.peek();
    if (this.controller === undefined && this.fetch !== undefined && next !== null)
      void this.load(this.fetch, rows, next);
  }

  private async load(fetch: FetchPage<T>, before: readonly T[], start: string | undefined): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    try {
      let cursor = start;
      let page: Fetched<T>;
      do {
        page = await fetch(cursor, controller.signal);
        cursor = page.next ?? undefined;
      } while (page.rows.length === 0 && cursor !== undefined && !controller.signal.aborted);
      if (controller.signal.aborted) return;
      this.state.value = { rows: [...before, ...page.rows], next: page.next, failure: undefined };
    } catch (error) {
      if (controller.signal.aborted) return;
      const { rows, next } = this.state.peek();
      // Without the first page of the new list, the shown rows and their next page belong to the previous list.
      this.state.value = { rows, next: start === undefined ? null : next, failure: messageOf(error) };
    }
    this.controller = undefined;
  }

  /** Cancels the running request. */
  close(): void {
    this.controller?.abort();
    this.controller = undefined;
  }
}
