import type { AnsweredAlert } from "../action.ts";
import { textOf } from "../fields.ts";

/** What budgets of one namespace or app count by: the first of these that an alert tells. */
const scopes: readonly (readonly [string, ...string[]])[] = [
  ["namespace", "k8s.ns.name", "k8smeta.ns.name", "ka.target.namespace"],
  ["app", "cf.app.id", "cf.app.name", "marathon.app.id"],
  ["task", "mesos.task.name"],
];

/** The namespace or app that an alert is about, in words; undefined where it is about neither. */
export function scopeOf(alert: AnsweredAlert): string | undefined {
  for (const [word, ...fields] of scopes) {
    for (const field of fields) {
      const name = textOf(alert, field);
      if (name !== undefined) return `${word} ${name}`;
    }
  }
  return undefined;
}
