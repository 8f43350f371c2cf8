import { expect, test } from "vitest";
import type { ExecRequest } from "./exec-request.ts";
import { matchExecRequests } from "./match-exec-requests.ts";
import type { Session } from "./session.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The exec requests of each session by number, followed by `?` if another request is possible. The arguments are the
 * distances of each session.
 */
function matched(...distances: readonly (readonly number[])[]): readonly string[] {
  const session: Session = {
    ...{ containerId: "c", podUid: "", command: [], isFirst: false, started: 0, noticed: 0, requesters: [] },
    ...{ names: { namespace: "", pod: "", container: "" }, isCertain: false },
  };
  const sessions = distances.map((_, started) => ({ ...session, started }));
  const execRequests = (distances[0] ?? []).map((_, at): ExecRequest => {
    const requester = { user: "", groups: [], sourceIp: "", userAgent: "", kind: "exec", auditId: "" } as const;
    return { requester, namespace: "", pod: "", podUid: "", container: "", command: [], at, stated: at, over: false };
  });
  const found = matchExecRequests(sessions, execRequests, ({ at }, { started }) => distances[started]?.[at] ?? NEVER);
  return found.map(({ execRequests: own, isCertain }) => own.map(({ at }) => at).join(" or ") + (isCertain ? "" : "?"));
}

test.for([
  ["a session and an exec request", [[50]], ["0"]],
  ["an exec request that cannot have started it", [[NEVER]], [""]],
  ["two exec requests at the same time", [[50, 60]], ["0 or 1"]],
  ["two exec requests, one of which is far", [[50, 3000]], ["0"]],
  [
    "two sessions and two exec requests at the same time",
    [
      [50, 60],
      [60, 50],
    ],
    ["0 or 1", "0 or 1"],
  ],
  [
    "an exec request that must be another session's",
    [
      [50, NEVER],
      [60, 50],
    ],
    ["0", "1"],
  ],
  ["two sessions for one exec request", [[50], [60]], ["0?", "0?"]],
  ["two sessions for one exec request, one of which is far", [[50], [4000]], ["0", ""]],
  [
    "three sessions for two exec requests",
    [
      [50, 60],
      [60, 50],
      [70, 70],
    ],
    ["0 or 1?", "0 or 1?", "0 or 1?"],
  ],
] as const)("%s", ([, distances, expected]) => {
  expect(matched(...distances)).toEqual(expected.map((each) => (each === "" ? "?" : each)));
});
