import type { ActionResult } from "../action.ts";

/** What went wrong with a server or its answer: one sentence for people, which holds no secret. */
export class Trouble extends Error {}

/** What came of some work; trouble makes it fail. */
export async function attempt(work: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await work();
  } catch (error) {
    // Of anything else only the name is said: its message may repeat what was sent.
    const reason = error instanceof Trouble ? error.message : `it could not be done (${nameOf(error)})`;
    return { outcome: "failed", reason };
  }
}

/** The system's name of an error, or its kind. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "no error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** Waits no longer than one may, while others go on waiting for the same. */
export function orStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Trouble("stopped while signing in; nothing was asked for"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
