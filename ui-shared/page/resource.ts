import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { completed, isContinued } from "../api/completed.ts";
import { resumptions } from "../api/request.ts";

/** Data fetched from the server. The last value is kept while the data are fetched again. */
export interface Resource<T> {
  /** Incomplete until the first complete value is there. */
  readonly value: T | undefined;
  /** Value of the previous key, until the first request for the current key has ended. */
  readonly previous: T | undefined;
  /** Error message if the last request failed. */
  readonly failure: string | undefined;
  readonly loading: boolean;
}

type Fetch<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Fetches data on mount, and when the key or the version changes. Incomplete counts are fetched again until they are
 * complete.
 * @param key identifies the data. If it changes, the request for the previous key is canceled, and its value is no
 * longer current. If empty, no data are fetched
 * @param version a new version of the data is fetched after the running request has ended, so that frequent changes do
 * not prevent every request from ending
 */
export function useResource<T>(
  key: string,
  fetch: Fetch<T>,
  version: string | number = 0,
): ReadonlySignal<Resource<T>> {
  const requests = useMemo(() => new Requests<T>(), []);
  useEffect(() => requests.update(key, fetch), [key, version, resumptions.value]);
  useEffect(() => () => requests.close(), []);
  return requests.resource;
}

/** The requests for a resource, of which at most one is running. */
export class Requests<T> {
  readonly resource = signal<Resource<T>>({ value: undefined, previous: undefined, failure: undefined, loading: true });
  private key = "";
  private controller: AbortController | undefined;
  /** The request that follows the running one. */
  private next: Fetch<T> | undefined;

  update(key: string, fetch: Fetch<T>): void {
    if (key !== this.key) {
      this.close();
      const { value, previous } = this.resource.peek();
      this.resource.value = { value: undefined, previous: value ?? previous, failure: undefined, loading: true };
      this.key = key;
    }
    if (key === "") return;
    if (this.controller === undefined) void this.run(fetch);
    else this.next = fetch;
  }

  private async run(fetch: Fetch<T>): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    this.resource.value = { ...this.resource.peek(), loading: true };
    let outcome: Pick<Resource<T>, "value" | "failure">;
    try {
      const value = await completed(fetch, controller.signal, (part) => this.show(part));
      outcome = { value, failure: undefined };
    } catch (error) {
      outcome = { value: this.resource.peek().value, failure: messageOf(error) };
    }
    if (controller.signal.aborted) return;
    this.resource.value = { ...outcome, previous: undefined, loading: false };
    this.controller = undefined;
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) void this.run(next);
  }

  /** Shows an incomplete value, unless a complete one is shown. */
  private show(part: T): void {
    const { value } = this.resource.peek();
    if (value !== undefined && !isContinued(value)) return;
    this.resource.value = { value: part, previous: undefined, failure: undefined, loading: true };
  }

  /** Cancels the running request. */
  close(): void {
    this.controller?.abort();
    this.controller = undefined;
    this.next = undefined;
  }
}

/** Returns the message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
