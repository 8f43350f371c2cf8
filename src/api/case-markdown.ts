import { visible, visibleLines } from "../telemetry/visible.ts";
import type { CaseChange, CaseDetail, CaseItem } from "./schemas/case.ts";

/** A case as Markdown (CommonMark). Texts from alerts and users are escaped. */
export function caseMarkdown(found: CaseDetail): string {
  const { id, title, owner, closed, opened, user, updated, items, changes } = found;
  return [
    `# Case ${md(id)}: ${md(title)}`,
    "",
    `- State: ${closed ? "closed" : "open"}`,
    `- Owner: ${owner === undefined ? "none" : md(owner)}`,
    `- Opened: ${opened} by ${md(user)}`,
    `- Last change: ${updated}`,
    "",
    "## Alerts",
    "",
    ...(items.length === 0 ? ["None.", ""] : items.flatMap(itemLines)),
    "## History",
    "",
    ...changes.flatMap(changeLines),
    "",
  ].join("\n");
}

function itemLines({ kind, label, added, user, alert, group }: CaseItem): string[] {
  const lines = [`### ${kind === "group" ? "Group: " : ""}${md(label)}`, ""];
  if (group !== undefined) {
    const open = group.open === undefined ? "" : `, ${group.open} open`;
    lines.push(
      `- Alerts: ${group.count}${open}, from ${group.first} to ${group.last}`,
      `- Query: ${code(group.query)}`,
    );
  }
  if (alert === undefined) lines.push("- The alert was deleted.");
  else {
    const { id, time, priority, source, hostname, state, output } = alert;
    lines.push(
      `- ${kind === "group" ? "One of its alerts" : "Alert"}: ${code(id)}`,
      `- Time: ${time}`,
      `- Priority: ${priority}; source: ${md(source)}; host: ${md(hostname)}; state: ${state}`,
      `- Output: ${code(output)}`,
    );
  }
  return [...lines, `- Added: ${added} by ${md(user)}`, ""];
}

function changeLines({ time, user, action, value, text }: CaseChange): string[] {
  const shown = value === undefined ? "" : ` ${code(value)}`;
  const said =
    text === undefined
      ? []
      : visibleLines(text)
          .split("\n")
          .map((line) => `  > ${md(line)}`);
  return [`- ${time} ${md(user)}: ${action.replace("_", " ")}${shown}`, ...said];
}

/** Escapes text, so that it is not interpreted as Markdown or HTML. */
function md(text: string): string {
  return visible(text).replace(/[\\`*_{}[\]()<>#+\-.!|~&]/g, "\\$&");
}

/** Text as a code span. The delimiter is longer than any sequence of backticks in the text. */
function code(text: string): string {
  const inside = visible(text);
  let longest = 0;
  for (const [ticks] of inside.matchAll(/`+/g)) longest = Math.max(longest, ticks.length);
  const fence = "`".repeat(longest + 1);
  return inside === "" ? "" : `${fence} ${inside} ${fence}`;
}
