import { OpenFlag } from "../event/constants.ts";
import { ownParamIndex, ownParams } from "../event/own.ts";
import { eventTypes } from "../event/types.ts";
import type { Observed } from "./observed.ts";
import { NO_PATH, type Path } from "./path.ts";
import type { Thread } from "./thread.ts";

const NONE = -1;

/** Index of the Eyas-specific parameter with this name, by event type; -1 if the type has none. */
function placesOf(name: string): Int8Array {
  return Int8Array.from(eventTypes, (_, code) =>
    ownParams(code).some((param) => param.name === name) ? ownParamIndex(code, name) : NONE,
  );
}

const realPaths = placesOf("realpath");
const rewritables = placesOf("rewritable");

/**
 * The path that the kernel resolved for an opened file or an executed program. `NO_PATH` if the sensor left it empty
 * because no rule watches the file. Undefined if the event has no such parameter, as in captures by other recorders.
 */
export function realPathOf(event: Observed): Path | undefined {
  const at = realPaths[event.type]!;
  if (at < 0 || event.count <= at) return undefined;
  return event.length(at) <= 1 ? NO_PATH : event.machine.decoder.name(event, at).in("");
}

/**
 * The path of an opened file: the path that the program passed, or the real path if it differs and the passed path may
 * have been rewritten. In a multithreaded program, symbolic links cannot be distinguished from rewritten paths, so a
 * path with symbolic links is also replaced with the path of its target.
 * @param flags flags of the file: PPM_O_* bits
 */
export function openedPath(event: Observed, thread: Thread, given: Path, real: Path | undefined, flags: number): Path {
  if (real === undefined || real === NO_PATH || real.text === given.text || !mayBeRewritten(event)) return given;
  if (isSamePlace(thread, given.text, real.text)) return given;
  return isBelowOverlay(event, thread, given.text, real.text, flags) ? given : real;
}

function mayBeRewritten(event: Observed): boolean {
  const at = rewritables[event.type]!;
  return at >= 0 && event.count > at && event.length(at) === 1 && event.u8(at) !== 0;
}

/** Whether two paths differ only by the usual system links or the root directory of the thread. */
function isSamePlace({ root }: Thread, given: string, real: string): boolean {
  if (root.length > 1 && real === root + given) return true;
  const [short, long] = given.length < real.length ? [given, real] : [real, given];
  return long === `/usr${short}` || long === `/var${short}`;
}

/**
 * Whether the passed path is the mount point of an overlay, followed by the real path. The real path of a file on
 * another overlay is relative to the root of that overlay. The root of a container is usually an overlay too, so the
 * mounts of its processes are examined. If the process has exited, the passed path is kept: programs that build images
 * write to overlays that exist for a short time.
 */
function isBelowOverlay(event: Observed, thread: Thread, given: string, real: string, flags: number): boolean {
  const isOnOverlay = (flags & (OpenFlag.FD_UPPER_LAYER | OpenFlag.FD_LOWER_LAYER)) !== 0;
  if (!isOnOverlay || !given.endsWith(real)) return false;
  const { machine } = event;
  if (!machine.isLive || thread.containerId === "") return true;
  return machine.mayBeOverlay(thread, given.slice(0, -real.length));
}
