import type { ExecRequest } from "./exec-request.ts";
import type { Session } from "./session.ts";

/** Maximum number of exec requests that are compared. Each is represented by one bit of a 32-bit integer. */
export const MAX_COMPARED = 31;

/** If the distances of two requests to a process differ by at most this (milliseconds), both may have started it. */
const MARGIN = 2000;

/** The exec requests that may have started a process. */
export interface Attribution {
  readonly execRequests: readonly ExecRequest[];
  /**
   * Whether one of the requests started the process. True if there are at least as many requests as matching processes.
   */
  readonly isCertain: boolean;
}

/**
 * Finds the requests that may have started each process of a pod. Ignores a pair whose request is nearer to another
 * process, or whose process is nearer to another request, by more than the margin. If a process has only one possible
 * request, that request belongs to no other process.
 * @param execRequests at most {@link MAX_COMPARED}
 * @param distanceOf distance in milliseconds; infinite if the request cannot have started the process
 * @returns attributions in the order of the sessions
 */
export function matchExecRequests(
  sessions: readonly Session[],
  execRequests: readonly ExecRequest[],
  distanceOf: (execRequest: ExecRequest, session: Session) => number,
): readonly Attribution[] {
  const possible = withoutClaimed(possiblePairs(sessions, execRequests, distanceOf));
  return possible.map((mask) => ({
    execRequests: execRequests.filter((_, i) => (mask & (1 << i)) !== 0),
    isCertain: mask !== 0 && possible.filter((other) => other !== 0 && (other & ~mask) === 0).length <= countOf(mask),
  }));
}

/** The possible exec requests of each session, as a mask of bits. */
function possiblePairs(
  sessions: readonly Session[],
  execRequests: readonly ExecRequest[],
  distanceOf: (execRequest: ExecRequest, session: Session) => number,
): readonly number[] {
  const distances = sessions.map((session) => execRequests.map((execRequest) => distanceOf(execRequest, session)));
  const nearestSessions = execRequests.map((_, i) =>
    Math.min(...distances.map((row) => row[i] ?? Number.POSITIVE_INFINITY)),
  );
  return distances.map((row) => {
    const nearest = Math.min(...row);
    let mask = 0;
    for (const [i, distance] of row.entries()) {
      const limit = Math.min(nearest, nearestSessions[i] ?? 0) + MARGIN;
      if (distance <= limit && Number.isFinite(distance)) mask |= 1 << i;
    }
    return mask;
  });
}

/** If a session has only one possible exec request, removes this request from all other sessions. */
function withoutClaimed(masks: readonly number[]): readonly number[] {
  let current = masks;
  for (let claimed = 0; ; ) {
    const single = current.find((mask) => countOf(mask) === 1 && (mask & claimed) === 0);
    if (single === undefined) return current;
    claimed |= single;
    current = current.map((mask) => (mask === single ? mask : mask & ~single));
  }
}

function countOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
