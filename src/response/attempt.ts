import { codeOf, TransportError } from "../transport/http/error.ts";
import type { ActionResult } from "./action.ts";

/** Runs an action. If it throws, the result is `failed`. */
export async function attempt(work: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await work();
  } catch (error) {
    // Messages of other errors may contain parts of the request; error codes do not.
    const reason = error instanceof TransportError ? error.message : `the action failed (${codeOf(error)})`;
    return { outcome: "failed", reason };
  }
}
