import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What was asked of the server: the last answer stays while a new one is on its way. */
export interface Resource<T> {
  readonly value: T | undefined;
  /** A sentence, where the last question failed. */
  readonly failure: string | undefined;
  readonly waiting: boolean;
}

/**
 * Asks when the component appears and whenever the key changes; a question that is no longer wanted is given up.
 * @param key says what is asked for; the empty text asks nothing
 */
export function useResource<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): ReadonlySignal<Resource<T>> {
  const resource = useSignal<Resource<T>>({ value: undefined, failure: undefined, waiting: true });
  useEffect(() => {
    if (key === "") return;
    const given = new AbortController();
    resource.value = { ...resource.peek(), waiting: true };
    ask(given.signal).then(
      (value) => {
        if (!given.signal.aborted) resource.value = { value, failure: undefined, waiting: false };
      },
      (error: unknown) => {
        if (!given.signal.aborted) resource.value = { ...resource.peek(), failure: sentence(error), waiting: false };
      },
    );
    return () => given.abort();
  }, [key]);
  return resource;
}

/** What to say of an error. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
