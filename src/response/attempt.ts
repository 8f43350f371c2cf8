import { codeOf, TransportError } from "../transport/http/error.ts";
import type { ActionResult } from "./action.ts";

/** The result of some work; an error makes it fail. */
export async function attempt(work: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await work();
  } catch (error) {
    // Of any other error only the name is given: its message may repeat what was sent.
    const reason = error instanceof TransportError ? error.message : `it could not be done (${codeOf(error)})`;
    return { outcome: "failed", reason };
  }
}
