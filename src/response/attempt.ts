import { codeOf, TransportError } from "../transport/http/error.ts";
import type { ActionResult } from "./action.ts";

/** The result of an action; `failed` if it throws. */
export async function attempt(work: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await work();
  } catch (error) {
    // Messages of other errors may contain parts of the request, so only the code is shown.
    const reason = error instanceof TransportError ? error.message : `the action failed (${codeOf(error)})`;
    return { outcome: "failed", reason };
  }
}
