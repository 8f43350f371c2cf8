import type { Condition } from "./ast.ts";
import { parse } from "./parse.ts";

/** What every alert has beside its fields, by every name that it goes by. */
export const ALERT_PARTS: readonly string[] = [
  "rule",
  "priority",
  "source",
  "tags",
  "tag",
  "hostname",
  "host",
  "output",
  "message",
  "uuid",
  "id",
];

const names: ReadonlySet<string> = new Set(ALERT_PARTS);

/**
 * Reads a condition over alerts: `rule = "…" and priority >= warning and proc.name = bash`. The same for the server and
 * for whoever checks a query as it is typed.
 * @throws ConditionError (fault `syntax`)
 */
export function parseAlertQuery(text: string): Condition {
  return parse(text, "", names);
}
