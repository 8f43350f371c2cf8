import type { ActionEntry } from "../../journal/action-entry.ts";
import { reasonOf } from "../../journal/fault.ts";
import type { ActionRequest, ActionResult } from "../action.ts";
import type { ResponseAction } from "../rule/response.ts";

/** Time allowed for an action to return after it was aborted, in milliseconds. */
export const GRACE = 1000;

/** Maximum length of a stored result, in characters. */
const MAX_ANSWER = 65_536;

/**
 * Runs an action and aborts it at its timeout.
 * @param timeout milliseconds
 * @returns undefined if the action is still running {@link GRACE} after the abort
 */
export async function runAction(
  action: ResponseAction["action"],
  request: Omit<ActionRequest, "signal">,
  control: AbortController,
  timeout: number,
): Promise<ActionResult | undefined> {
  const late = Promise.withResolvers<undefined>();
  const abort = setTimeout(() => control.abort(new Error("timed out")), timeout);
  const abandon = setTimeout(late.resolve, timeout + GRACE, undefined);
  control.signal.addEventListener("abort", () => setTimeout(late.resolve, GRACE, undefined));
  try {
    return await Promise.race([resultOf(action, { ...request, signal: control.signal }), late.promise]);
  } finally {
    clearTimeout(abort);
    clearTimeout(abandon);
  }
}

async function resultOf({ run }: ResponseAction["action"], request: ActionRequest): Promise<ActionResult> {
  try {
    return await run(request);
  } catch (error) {
    return { outcome: "failed", reason: reasonOf(error) };
  }
}

/** Returns the fields of a step that depend on the result of its action. */
export function endOf(result: ActionResult): Pick<ActionEntry, "state" | "why" | "answer"> {
  if (result.outcome === "done") return { state: "done", why: undefined, answer: cut(result.answer) };
  if (result.outcome === "failed") return { state: "failed", why: undefined, answer: cut(result.reason) };
  return { state: "skipped", why: "nothing", answer: cut(result.reason) };
}

function cut(text: string): string {
  return text.length > MAX_ANSWER ? `${text.slice(0, MAX_ANSWER)}…` : text;
}
