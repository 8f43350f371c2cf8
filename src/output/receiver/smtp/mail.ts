import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { OPEN_ALERT } from "../../alert-link.ts";
import { cut, type Facts, valueText } from "../../facts.ts";

/** The content of an email. Alert text is escaped and cannot add headers, addresses or markup. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Whether any alert has priority critical or higher. */
  readonly urgent: boolean;
}

/** Priorities in descending order. */
const order: readonly Alert["priority"][] = [
  "Emergency",
  "Alert",
  "Critical",
  "Error",
  "Warning",
  "Notice",
  "Informational",
  "Debug",
];
const CRITICAL = order.indexOf("Critical");
const colors: Readonly<Record<Alert["priority"], string>> = {
  Emergency: "#c20c0c",
  Alert: "#c20c0c",
  Critical: "#d4380d",
  Error: "#d4380d",
  Warning: "#ad6800",
  Notice: "#237804",
  Informational: "#0958d9",
  Debug: "#595959",
};

/** Maximum length of a subject, in characters. */
const SUBJECT = 200;
/** Maximum number of rules in a subject. */
const NAMED = 3;

/** Builds an email about one or more alerts. */
export function mailAbout(alerts: readonly Alert[]): Mail {
  const all = alerts.map(factsOf);
  const worst = Math.min(...alerts.map(({ priority }) => order.indexOf(priority)));
  const rules = countsOf(alerts);
  const subject = `[${order[worst]}] ${alerts.length === 1 ? oneLine(alerts[0]?.message ?? "") : summary(alerts.length, rules)}`;
  const heading = alerts.length === 1 ? "" : `${counted(alerts.length)}\n\n${rules.map(ruleLine).join("\n")}\n\n`;
  return {
    subject: cut(oneLine(subject), SUBJECT),
    text: `${heading}${all.map(textOf).join("\n")}`,
    html: page(all, alerts.length === 1 ? [] : rules),
    urgent: worst <= CRITICAL,
  };
}

interface RuleCount {
  readonly rule: string;
  readonly priority: Alert["priority"];
  readonly count: number;
}

/** Counts alerts by rule and priority, ordered by priority and then by count. */
function countsOf(alerts: readonly Alert[]): RuleCount[] {
  const counts = new Map<string, RuleCount>();
  for (const { rule, priority } of alerts) {
    const key = `${priority} ${rule}`;
    counts.set(key, { rule, priority, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort(
    (a, b) => order.indexOf(a.priority) - order.indexOf(b.priority) || b.count - a.count,
  );
}

function summary(count: number, rules: readonly RuleCount[]): string {
  const named = rules.slice(0, NAMED).map(({ rule }) => rule);
  const more = rules.length - named.length;
  return `${counted(count)}: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function counted(count: number): string {
  return `${count} alerts`;
}

function ruleLine({ rule, priority, count }: RuleCount): string {
  return `${String(count).padStart(6)}  ${priority}  ${oneLine(rule)}`;
}

/** The properties and fields of an alert as rows. */
function rowsOf({ id, isoTime, alert, hostname, fields }: Facts): (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [
    ["rule", alert.rule],
    ["time", isoTime],
    ["source", alert.source],
    ["hostname", hostname],
    ["tags", alert.tags.join(", ")],
    ...fields.map((field) => [field.name, valueText(field)] as const),
    ["uuid", id],
  ];
  return rows.filter(([, value]) => value !== "");
}

function textOf(facts: Facts): string {
  const linked = facts.link === undefined ? [] : [["link", facts.link] as const];
  const rows = [...rowsOf(facts), ...linked].map(([name, value]) => `  ${name}: ${oneLine(value)}\n`);
  return `[${facts.alert.priority}] ${oneLine(facts.alert.message)}\n${rows.join("")}`;
}

function page(all: readonly Facts[], rules: readonly RuleCount[]): string {
  const cell = 'style="padding:2px 12px 2px 0;vertical-align:top;text-align:left"';
  const counts = rules.map(
    ({ rule, priority, count }) =>
      `<tr><td ${cell}>${count}</td><td ${cell}>${mark(priority)}</td><td ${cell}>${markup(rule)}</td></tr>`,
  );
  const head = rules.length === 0 ? "" : `<p>${counted(all.length)}</p><table>${counts.join("")}</table>`;
  const parts = all.map((facts) => {
    const rows = rowsOf(facts).map(
      ([name, value]) => `<tr><th ${cell}>${markup(name)}</th><td ${cell}><code>${markup(value)}</code></td></tr>`,
    );
    const link = facts.link === undefined ? "" : `<p><a href="${markup(facts.link)}">${OPEN_ALERT}</a></p>`;
    return `<hr><p>${mark(facts.alert.priority)} ${markup(facts.alert.message)}</p>${link}<table>${rows.join("")}</table>`;
  });
  return `<!doctype html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:14px">${head}${parts.join("")}</body></html>`;
}

function mark(priority: Alert["priority"]): string {
  return `<b style="color:${colors[priority]}">${priority}</b>`;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML. */
function markup(text: string): string {
  return visible(text).replace(/[&<>"']/g, (sign) => escapes[sign] ?? "");
}

/** Replaces line breaks and control characters with spaces. */
function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, " ").trim();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function visible(text: string): string {
  return text.toWellFormed().replace(UNSEEN, " ");
}
