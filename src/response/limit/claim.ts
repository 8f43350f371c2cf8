import type { AlertRecord } from "../../alert/record.ts";
import { idFields, nameFields } from "../../field/roles.ts";
import { type Priority, priorities } from "../../rule/rule.ts";
import { textOf } from "../fields.ts";

/**
 * Priority level: 0 for Notice or lower, 1 for Warning and Error, 2 for Critical or higher. Budgets have a reserve for
 * level 1 and one for level 2, which lower levels cannot use.
 */
export type Level = 0 | 1 | 2;
export const levels: readonly Level[] = [0, 1, 2];

/** The most severe priority of each level. */
const MOST_SEVERE: readonly Priority[] = ["Notice", "Error", "Emergency"];

/** The workload, subject and priority level to which an action is attributed when it is counted. */
export interface Claim {
  /** Workload of the alert: `container 0123456789ab`, `user 1000`. */
  readonly workload: string;
  /** Rule, executable, parent executable and user of the alert, within the workload. */
  readonly subject: string;
  readonly level: Level;
}

/** Values of the login UID for processes that do not belong to a login session. */
const NO_LOGIN = new Set(["-1", "4294967295"]);
const CONTAINER = "container.id";
const LOGIN_USER = "user.loginuid";
const [USER = "user.uid"] = idFields("user");
const EXECUTABLES = ["proc.exepath", "proc.name"];
const PARENTS = ["proc.pexepath", "proc.pname"];

/** Fields that identify the workload of an alert without a container, in order of precedence. */
const outer: readonly (readonly [kind: string, fields: readonly string[]])[] = [
  ["pod", ["k8s.pod.uid", ...nameFields("pod")]],
  ["instance", idFields("instance")],
  ["task", [...idFields("task"), ...nameFields("task")]],
  ["app", [...idFields("app"), ...nameFields("app")]],
];

/**
 * Fields from which a claim is determined, in addition to the enrichment fields, which are always included in alerts.
 */
export const claimFields: readonly string[] = [CONTAINER, USER, LOGIN_USER, ...EXECUTABLES, ...PARENTS];

/** Returns the claim of an alert. */
export function claimOf(alert: AlertRecord): Claim {
  const workload = workloadOf(alert);
  const executable = firstOf(alert, EXECUTABLES) ?? "";
  const parent = firstOf(alert, PARENTS) ?? "";
  return {
    workload,
    subject: JSON.stringify([workload, alert.rule, executable, parent, userOf(alert) ?? ""]),
    level: levelOf(alert.priority),
  };
}

/** Describes the rule, executables and user of a subject. */
export function subjectText(subject: string): string {
  // Parses the JSON that claimOf writes
  const [workload = "", rule, executable, parent, user = ""] = JSON.parse(subject) as readonly string[];
  const by = executable === "" ? "" : ` by ${executable}${parent === "" ? "" : ` (parent: ${parent})`}`;
  return `"${rule}"${by}${user === "" || workload.endsWith(`user ${user}`) ? "" : ` as user ${user}`}`;
}

export function levelOf(priority: string): Level {
  const known = priorities.find((one) => one === priority);
  if (known === undefined) return 0;
  const place = priorities.indexOf(known);
  return place <= priorities.indexOf("Critical") ? 2 : place <= priorities.indexOf("Warning") ? 1 : 0;
}

/** Describes the priorities of a level and the levels below it. */
export function levelText(level: Level): string {
  return `priority ${MOST_SEVERE[level]} or lower`;
}

/** Returns the workload to which an alert belongs. */
function workloadOf(alert: AlertRecord): string {
  const prefix = alert.received ? `host ${alert.hostname}, ` : "";
  const container = textOf(alert, CONTAINER);
  if (container !== undefined && container !== "host") return `${prefix}container ${container}`;
  for (const [kind, fields] of outer) {
    const name = firstOf(alert, fields);
    if (name !== undefined) return `${prefix}${kind} ${name}`;
  }
  const user = userOf(alert);
  if (user !== undefined) return `${prefix}user ${user}`;
  const requester = firstOf(alert, nameFields("requester"));
  return requester === undefined ? `${prefix}source ${alert.source}` : `${prefix}requester ${requester}`;
}

/**
 * Returns the user ID of the login, even if the process runs as another user. If there is no login, returns the user ID
 * of the process.
 */
function userOf(alert: AlertRecord): string | undefined {
  const login = wordOf(alert, LOGIN_USER);
  return login === undefined || NO_LOGIN.has(login) ? wordOf(alert, USER) : login;
}

function firstOf(alert: AlertRecord, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = wordOf(alert, field);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Returns a text or numeric field as a string; undefined if it is absent or empty. */
function wordOf(alert: AlertRecord, field: string): string | undefined {
  const value = alert.fields.get(field);
  return typeof value === "number" ? String(value) : textOf(alert, field);
}
