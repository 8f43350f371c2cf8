import { expect, test } from "vitest";
import type { Exhaustion } from "../../response/responder/events.ts";
import { budgetEvent } from "./response-alerts.ts";

const exhaustion: Exhaustion = {
  ...{ kind: "all", part: "workload", of: "user 1000 in all actions", most: 51 },
  rate: { most: 120, window: 600_000 },
  until: Date.UTC(2026, 0, 2, 3, 4, 5),
  users: [{ workload: "user 1000", count: 51, subject: '"File read" by /usr/bin/tail' }],
};

test("the alert about an exhausted budget is critical, and contains the top consumers and the time when actions are allowed again", () => {
  const event = budgetEvent(exhaustion, false);
  expect(event).toMatchObject({
    rule: "Eyas internal: response budget exhausted",
    priority: "Critical",
    fields: {
      "eyas.response.budget": "user 1000 in all actions",
      "eyas.response.budget.part": "workload",
      "eyas.response.budget.users": 'user 1000 (51, mostly "File read" by /usr/bin/tail)',
    },
  });
  expect(event.message).toBe(
    "The budget of user 1000 in all actions, 51 of 120/10m, is exhausted: subsequent actions are skipped. " +
      'Actions are allowed again at 2026-01-02T03:04:05.000Z. Top consumers: user 1000 (51, mostly "File read" by /usr/bin/tail).',
  );
  expect(budgetEvent(exhaustion, true).message).toContain("targets are suspended");
  expect(budgetEvent({ ...exhaustion, part: "total", of: "all actions" }, false).message).toContain(
    "The budget of all actions, 120/10m, is exhausted",
  );
});
