import type { ExecRequest } from "./exec-request.ts";
import type { Pod } from "./pods.ts";
import type { Session } from "./session.ts";

/** Maximum time between a request and the start of its process, in milliseconds. */
const MAX_DELAY = 30_000;
/** Maximum time until an ephemeral container starts, in milliseconds. Its image may have to be pulled. */
export const MAX_DEBUG_DELAY = 600_000;
/** Time by which the clock of the API server may be ahead of the clock of the node, in milliseconds. */
const EARLY = 2000;
const NEVER = Number.POSITIVE_INFINITY;
/** Maximum length of arguments in events, in characters. Only this part of longer commands is compared. */
const MAX_COMMAND = 4000;

/**
 * Distance between an exec request and a session in milliseconds. It is larger if only the end of the command matches,
 * and infinite if the request cannot have started the session.
 * @param lead milliseconds by which the clock of the API server is known to be ahead
 * @param own the pod of the session; undefined if unknown
 */
export function distanceOf(execRequest: ExecRequest, session: Session, lead: number, own: Pod | undefined): number {
  const { started, names, isFirst, command: runs } = session;
  const { namespace, pod, container, command } = execRequest;
  const after = started - execRequest.at;
  const latest = command === undefined ? MAX_DEBUG_DELAY : MAX_DELAY;
  if (after > latest || after < -EARLY - lead || names.pod !== pod || names.namespace !== namespace) return NEVER;
  if (own !== undefined && isOtherPod(execRequest, own)) return NEVER;
  if (command === undefined) {
    // The container was created for the exec request. A truncated event does not contain its name.
    const isOwn = container === "" ? own?.added.has(names.container) === true : names.container === container;
    return isOwn ? Math.abs(after) : NEVER;
  }
  if (isFirst || (container !== "" && names.container !== "" && names.container !== container)) return NEVER;
  if (isSameCommand(command, runs)) return Math.abs(after);
  return isScript(command, runs) ? MAX_DELAY + Math.abs(after) : NEVER;
}

/** Whether an exec request was to another pod with the same name. */
function isOtherPod({ podUid, at }: ExecRequest, { uid, created }: Pod): boolean {
  if (podUid !== "") return podUid !== uid;
  return created !== undefined && at < created; // both times are from the API server
}

/** Whether two commands are the same, up to the recorded length of arguments. */
export function isSameCommand(asked: readonly string[], runs: readonly string[]): boolean {
  if (asked.length === 0 || asked[0] !== runs[0]) return false;
  let length = runs.length - 1;
  for (const each of runs) length += each.length;
  if (length < MAX_COMMAND) return asked.length === runs.length && asked.every((each, i) => each === runs[i]);
  return asked.join("\0").startsWith(runs.join("\0").slice(0, MAX_COMMAND));
}

/**
 * Whether a process runs the requested command as a script. In its command line, the interpreter, with at most one
 * argument, precedes the path.
 */
function isScript(asked: readonly string[], runs: readonly string[]): boolean {
  const before = runs.length - asked.length;
  if ((before !== 1 && before !== 2) || (before === 2 && runs[1] === "-c")) return false;
  const [program = "", ...rest] = asked;
  const path = runs[before] ?? "";
  const name = program.slice(program.lastIndexOf("/") + 1);
  return name !== "" && path.endsWith(`/${name}`) && rest.every((each, i) => each === runs[before + 1 + i]);
}
