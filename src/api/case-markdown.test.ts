import { expect, test } from "vitest";
import { caseMarkdown } from "./case-markdown.ts";
import type { CaseDetail } from "./schemas/case.ts";

const time = "2026-11-25T10:00:00.000Z";
const empty: CaseDetail = {
  ...{ id: "3", title: "Break-in", closed: false, opened: time, user: "vera", updated: time, alerts: 0, groups: 0 },
  items: [],
  changes: [{ time, user: "vera", action: "open", value: "vera", text: "Break-in" }],
};
const alert = {
  ...{ id: "0190", time, rule: "Rule", source: "syscall", hostname: "node-1", tags: [], fields: {} },
  ...{ priority: "Warning" as const, state: "open" as const, comments: 0, responses: 0 },
};

test("a case lists its alerts, groups and changes", () => {
  const text = caseMarkdown({
    ...empty,
    items: [
      { id: "0190", kind: "alert", label: "Rule", added: time, user: "vera", alert: { ...alert, output: "cat read" } },
      {
        ...{ id: "0191", kind: "group", label: "Rule, web", added: time, user: "vera" },
        alert: { ...alert, id: "0191", output: "cat read" },
        group: { query: 'rule = "Rule"', priority: "Warning", count: 7, open: 2, first: time, last: time },
      },
      { id: "0192", kind: "alert", label: "Gone", added: time, user: "vera" },
    ],
  });
  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      "# Case 3: Break\\-in",
      "- Owner: none",
      "### Rule",
      "- Output: ` cat read `",
      "### Group: Rule, web",
      `- Alerts: 7, 2 open, from ${time} to ${time}`,
      '- Query: ` rule = "Rule" `',
      "### Gone",
      "- The alert was deleted.",
      `- ${time} vera: open \` vera \``,
    ]),
  );
});

test("text from alerts and users is not interpreted as Markdown or HTML, and cannot end its line", () => {
  const hostile = "a\n# Heading <img src=x> [link](javascript:x) `` ` \u202e **b** | \\";
  const text = caseMarkdown({
    ...empty,
    title: hostile,
    items: [
      {
        ...{ id: "0190", kind: "alert", label: hostile, added: time, user: hostile },
        alert: { ...alert, hostname: hostile, output: hostile },
      },
    ],
    changes: [{ time, user: hostile, action: "comment", text: hostile }],
  });
  const outside = text.replace(/^ {2}> /gm, "").replace(/(?<!\\)(`+)(?!`).*?[^`\\]\1(?!`)/g, "");
  expect(outside).not.toMatch(/(?<!\\)[<>[\]*|]/);
  expect(text).not.toContain("\u202e");
  const headings = text.split("\n").filter((line) => line.startsWith("#"));
  expect(headings).toHaveLength(4); // title, Alerts, History and the alert
});
