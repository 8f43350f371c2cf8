import { EventCode } from "../event/code.ts";
import { Origin } from "../event/schema.ts";
import { eventCategory, eventTypes } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import { rendered, renderParameter } from "./parameter.ts";
import { plainPrinting } from "./print.ts";

/** What a call returned: the first parameter of the events that calls' ends make. Undefined for all others. */
export function resultOf(event: Observed): number | undefined {
  const { type } = event;
  if (type === EventCode.GENERIC_X || event.count === 0) return undefined;
  if ((eventCategory[type] & Origin.syscall) === 0 || eventTypes[type].enter) return undefined;
  const size = event.length(0);
  return size === 8 ? event.i64(0) : size === 4 ? event.i32(0) : 0;
}

/** `SUCCESS`, or the name of the error. */
export function resultName(event: Observed): string | undefined {
  const result = resultOf(event);
  if (result === undefined || result >= 0) return result === undefined ? undefined : "SUCCESS";
  renderParameter(event, 0, plainPrinting);
  return rendered.meaning === "" ? rendered.text : rendered.meaning;
}
