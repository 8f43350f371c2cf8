import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What was asked of the server: the last answer stays while a new one is on its way. */
export interface Resource<T> {
  readonly value: T | undefined;
  /** A sentence, where the last question failed. */
  readonly failure: string | undefined;
  readonly loading: boolean;
}

/**
 * Asks when the component appears and whenever the key changes; a question that is no longer wanted is given up.
 * @param key says what is asked for; the empty text asks nothing
 */
export function useResource<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): ReadonlySignal<Resource<T>> {
  const resource = useSignal<Resource<T>>({ value: undefined, failure: undefined, loading: true });
  useEffect(() => {
    if (key === "") return;
    const controller = new AbortController();
    resource.value = { ...resource.peek(), loading: true };
    ask(controller.signal).then(
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

/** What to say of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
