import { EventCode } from "../event/code.ts";
import { GenericParam } from "../event/generic.ts";
import { Origin } from "../event/schema.ts";
import { eventTypes } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import { rendered, renderParameter } from "./parameter.ts";
import { plainPrinting } from "./print.ts";

/** 1 for types of exit events whose first parameter is the result; otherwise 0. */
const hasResult = Uint8Array.from(eventTypes, ({ code, category, enter }) =>
  (category & Origin.syscall) !== 0 && !enter && code !== EventCode.GENERIC_X ? 1 : 0,
);

/**
 * The result of a call: the first parameter of exit events, or the Eyas-specific result parameter of generic events.
 * Undefined for other events.
 */
export function resultOf(event: Observed): number | undefined {
  if (hasResult[event.type] !== 1 || event.count === 0) return genericResult(event);
  const size = event.length(0);
  return size === 8 ? event.i64(0) : size === 4 ? event.i32(0) : 0;
}

function genericResult(event: Observed): number | undefined {
  if (event.type !== EventCode.GENERIC_X || event.length(GenericParam.res) !== 8) return undefined;
  return event.i64(GenericParam.res);
}

/** `SUCCESS`, or the name of the error. */
export function resultName(event: Observed): string | undefined {
  const result = resultOf(event);
  if (result === undefined || result >= 0) return result === undefined ? undefined : "SUCCESS";
  renderParameter(event, event.type === EventCode.GENERIC_X ? GenericParam.res : 0, plainPrinting);
  return rendered.meaning === "" ? rendered.text : rendered.meaning;
}
