import { expect, test } from "vitest";
import type { Scope } from "../../alert/scope.ts";
import { changed, type GroupState, groupTest, type StoredGroupChange, triageAt } from "./group-states.ts";

const NOW = Date.parse("2026-11-25T10:00:00Z");
const common = { key: "k", rule: "Rule", about: undefined, time: "2026-11-25T09:00:00.000Z", user: "vera" };
const scope: Scope = {
  ...{ hostname: "node-1", received: false, contained: true, priority: "Warning" },
  ...{ namespace: "shop", image: "" },
};
const after = (...changes: Partial<StoredGroupChange>[]): GroupState | undefined =>
  changes.reduce<GroupState | undefined>(
    (state, change) => changed(state, { ...common, action: "comment", value: "", text: "", ...change }),
    undefined,
  );

test("the latest change of each kind applies", () => {
  const state = after(
    { action: "assign", value: "maria" },
    { action: "snooze", value: "2026-11-25T11:00:00.000Z" },
    { text: "hm" },
    { action: "assign", value: "vera" },
    { action: "auto_close", text: "Planned", value: "2026-11-25T10:30:00.000Z", scope },
  );
  expect(triageAt(state, NOW)).toEqual({
    assignee: "vera",
    snoozedUntil: "2026-11-25T11:00:00.000Z",
    autoClose: {
      ...{ user: "vera", reason: "Planned", until: "2026-11-25T10:30:00.000Z" },
      scope: { hostname: "node-1", received: false, contained: true, priority: "Warning", namespace: "shop" },
    },
    notes: 1,
  });
  expect(triageAt(state, NOW + 3_600_000)).toEqual({ assignee: "vera", notes: 1 });
  expect(triageAt(undefined, NOW)).toEqual({});
});

test("a user can end a snooze and automatic closing", () => {
  const state = after(
    { action: "snooze", value: "2026-11-26T10:00:00.000Z" },
    { action: "auto_close", text: "Planned", scope },
    { action: "end_snooze" },
    { action: "end_auto_close" },
  );
  expect(triageAt(state, NOW)).toEqual({});
});

test("groups without triage are selected like groups that are neither assigned nor snoozed", () => {
  const state = after({ action: "snooze", value: "2026-11-25T11:00:00.000Z" });
  if (state === undefined) throw new Error("no state");
  expect(groupTest({}, NOW)).toBeUndefined();
  expect(groupTest({ snoozed: false }, NOW)).toMatchObject({ untouched: true });
  expect(groupTest({ snoozed: false }, NOW)?.matches(state)).toBe(false);
  expect(groupTest({ snoozed: false }, NOW + 3_600_000)?.matches(state)).toBe(true);
  expect(groupTest({ snoozed: true }, NOW)).toMatchObject({ untouched: false });
  expect(groupTest({ assignee: "vera" }, NOW)).toMatchObject({ untouched: false });
  expect(groupTest({ assignee: "" }, NOW)).toMatchObject({ untouched: true });
  expect(groupTest({ assignee: "" }, NOW)?.matches(state)).toBe(true);
});

test("automatic closing without a scope closes no alerts, and is not shown", () => {
  const state = after({ action: "auto_close", text: "Planned", scope }, { action: "auto_close", text: "Planned" });
  expect(triageAt(state, NOW)).toEqual({});
});
