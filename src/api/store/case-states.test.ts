import { expect, test } from "vitest";
import { casesOf, type StoredCaseChange } from "./case-states.ts";

const change = (id: string, at: number, more: Partial<StoredCaseChange>): StoredCaseChange => ({
  ...{ id, time: new Date(at * 1000).toISOString(), user: "vera", action: "comment", value: "", text: "" },
  ...more,
});

test("cases are ordered by their latest change, with the latest title, owner and state", () => {
  const cases = casesOf([
    change("1", 1, { action: "open", value: "vera", text: "One" }),
    change("2", 2, { action: "open", value: "vera", text: "Two" }),
    change("2", 3, { action: "close", text: "Done" }),
    change("2", 4, { action: "assign" }),
    change("1", 5, { action: "rename", text: "Uno" }),
    change("2", 6, {}),
  ]);
  expect(cases.map(({ id, title, owner, closed }) => ({ id, title, owner, closed }))).toEqual([
    { id: "2", title: "Two", owner: undefined, closed: true },
    { id: "1", title: "Uno", owner: "vera", closed: false },
  ]);
});

test("if two users add an alert at the same time, the case contains the alert once", () => {
  const [found] = casesOf([
    change("1", 1, { action: "open", text: "One" }),
    change("1", 2, { action: "add_alert", value: "a", text: "Rule" }),
    change("1", 2, { action: "add_alert", value: "a", text: "Rule", user: "maria" }),
    change("1", 3, { action: "add_group", value: "b", text: "Rule, web" }),
    change("1", 4, { action: "add_alert", value: "b", text: "Rule, web" }),
    change("1", 5, { action: "remove_alert", value: "b" }),
  ]);
  expect(found).toMatchObject({ alerts: 1, groups: 1, items: [{ id: "a", user: "vera" }, { id: "b" }] });
});

test("a case whose first change is missing is not listed", () => {
  expect(casesOf([change("1", 1, { action: "add_alert", value: "a" })])).toEqual([]);
});
