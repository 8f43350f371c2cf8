import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Data fetched from the server. The last value is kept while a request is running. */
export interface Resource<T> {
  readonly value: T | undefined;
  /** Error message if the last request failed. */
  readonly failure: string | undefined;
  readonly loading: boolean;
}

/**
 * Fetches data on mount and when the key changes, and cancels outdated requests.
 * @param key identifies the data; if empty, no data is fetched
 */
export function useResource<T>(key: string, fetch: (signal: AbortSignal) => Promise<T>): ReadonlySignal<Resource<T>> {
  const resource = useSignal<Resource<T>>({ value: undefined, failure: undefined, loading: true });
  useEffect(() => {
    if (key === "") return;
    const controller = new AbortController();
    resource.value = { ...resource.peek(), loading: true };
    fetch(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) resource.value = { value, failure: undefined, loading: false };
      },
      (error: unknown) => {
        if (!controller.signal.aborted)
          resource.value = { ...resource.peek(), failure: messageOf(error), loading: false };
      },
    );
    return () => controller.abort();
  }, [key]);
  return resource;
}

/** Returns the message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
