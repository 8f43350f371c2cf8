import { expect, test } from "vitest";
import type { News } from "../../journal/journal.ts";
import { noticeEvent, noticeLine } from "./journal-notices.ts";

const alive = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each<readonly [News, string, string, RegExp]>([
  [
    { kind: "replaced", reason: "journal.db was deleted", aside: undefined, isCopy: true },
    "journal replaced",
    "Critical",
    /^The journal was replaced by a new file: journal\.db was deleted\. All alerts were copied to it\.$/,
  ],
  [
    { kind: "replaced", reason: "it is damaged", aside: "/x.damaged-1", isCopy: false },
    "journal replaced",
    "Critical",
    /it is damaged\. Readable alerts are recovered\.$/,
  ],
  [{ kind: "unreadable", alerts: 1 }, "alerts damaged", "Critical", /^1 alert in the journal could not be read/],
  [{ kind: "recovered", saved: 5, lost: 2, aside: "/x.damaged-1" }, "alerts damaged", "Critical", /^2 alerts in the/],
  [{ kind: "accepting", refused: 3 }, "alerts not stored", "Error", /^3 alerts of large groups were not stored/],
  [
    { kind: "resumed", late: 9, missed: 4, noRoom: 4 },
    "alerts not stored",
    "Error",
    /^4 alerts could not be stored because the journal could not be written/,
  ],
  [
    { kind: "killed", alive },
    "terminated unexpectedly",
    "Error",
    /terminated unexpectedly at 2026-01-02T03:04:05\.000Z or/,
  ],
  [
    { kind: "killed", alive: 0 },
    "terminated unexpectedly",
    "Error",
    /^Eyas terminated unexpectedly: the process was killed/,
  ],
])("%j raises an alert and is logged", (news, rule, priority, message) => {
  expect(noticeEvent(news, "/j/journal.db")).toMatchObject({
    rule: `Eyas internal: ${rule}`,
    priority,
    message: expect.stringMatching(message),
  });
  expect(noticeLine(news, "/j/journal.db").message).not.toBe("");
});

test.each<News>([
  { kind: "recovered", saved: 5, lost: 0, aside: "/x.damaged-1" },
  { kind: "resumed", late: 9, missed: 0, noRoom: 0 },
  { kind: "rejecting" },
])("%j is logged only", (news) => {
  expect(noticeEvent(news, "/j/journal.db")).toBeUndefined();
  expect(noticeLine(news, "/j/journal.db").message).not.toBe("");
});
