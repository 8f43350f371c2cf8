import { ownParams, ownPlace } from "../event/own.ts";
import { eventTypes } from "../event/types.ts";
import type { Observed } from "./observed.ts";
import { NO_PATH, type Path } from "./path.ts";

const NAME = "realpath";
const NONE = -1;

/** Index of the parameter by event type. */
const places = Int8Array.from(eventTypes, (_, code) =>
  ownParams(code).some(({ name }) => name === NAME) ? ownPlace(code, NAME) : NONE,
);

/**
 * The path that the kernel resolved of an opened file or an executed program. `NO_PATH` if the sensor left it empty: no rule
 * watches the file. Undefined if the event has no such parameter, as in captures of other recorders.
 */
export function realPathOf(event: Observed): Path | undefined {
  const at = places[event.type]!;
  if (at < 0 || event.count <= at) return undefined;
  return event.length(at) <= 1 ? NO_PATH : event.machine.decoder.name(event, at).in("");
}
