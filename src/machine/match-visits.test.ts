import { expect, test } from "vitest";
import { matchVisits } from "./match-visits.ts";
import type { Session } from "./session.ts";
import type { Visit } from "./visit.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The visits of each session by number, followed by `?` if another request is possible. The arguments are the distances
 * of each session.
 */
function matched(...distances: readonly (readonly number[])[]): readonly string[] {
  const session: Session = {
    ...{ containerId: "c", podUid: "", command: [], isFirst: false, started: 0, noticed: 0, visitors: [] },
    ...{ names: { namespace: "", pod: "", container: "" }, isCertain: false },
  };
  const sessions = distances.map((_, started) => ({ ...session, started }));
  const visits = (distances[0] ?? []).map((_, at): Visit => {
    const visitor = { user: "", groups: [], sourceIp: "", userAgent: "", kind: "exec", auditId: "" } as const;
    return { visitor, namespace: "", pod: "", podUid: "", container: "", command: [], at, stated: at, over: false };
  });
  const found = matchVisits(sessions, visits, ({ at }, { started }) => distances[started]?.[at] ?? NEVER);
  return found.map(({ visits: own, isCertain }) => own.map(({ at }) => at).join(" or ") + (isCertain ? "" : "?"));
}

test.for([
  ["a session and a visit", [[50]], ["0"]],
  ["a visit that cannot have started it", [[NEVER]], [""]],
  ["two visits at the same time", [[50, 60]], ["0 or 1"]],
  ["two visits, one of which is far", [[50, 3000]], ["0"]],
  [
    "two sessions and two visits at the same time",
    [
      [50, 60],
      [60, 50],
    ],
    ["0 or 1", "0 or 1"],
  ],
  [
    "a visit that must be another session's",
    [
      [50, NEVER],
      [60, 50],
    ],
    ["0", "1"],
  ],
  ["two sessions for one visit", [[50], [60]], ["0?", "0?"]],
  ["two sessions for one visit, one of which is far", [[50], [4000]], ["0", ""]],
  [
    "three sessions for two visits",
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
