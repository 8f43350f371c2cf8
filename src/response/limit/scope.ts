import type { AlertRecord } from "../../alert/record.ts";
import { allNameFields, idFields, nameFields } from "../../field/roles.ts";
import type { Action, Scope } from "../action.ts";
import { textOf } from "../fields.ts";

/** Default scopes. The first of these fields that an alert has determines the budget. */
const scopes: readonly Scope[] = [
  { name: "namespace", fields: allNameFields("namespace") },
  { name: "app", fields: [...idFields("app"), ...nameFields("app")] },
  { name: "task", fields: nameFields("task") },
];

/** Returns the namespace, app or task whose budget applies to an action; undefined if the alert has none. */
export function scopeOf(alert: AlertRecord, action: Pick<Action, "scopes">): string | undefined {
  for (const { name, fields } of action.scopes ?? scopes) {
    for (const field of fields) {
      const value = textOf(alert, field);
      if (value !== undefined) return `${name} ${normalized(field, value)}`;
    }
  }
  return undefined;
}

/** Normalizes an app ID, so that different spellings share a budget. */
function normalized(field: string, value: string): string {
  if (field === "cf.app.id") return value.toLowerCase();
  return field === "marathon.app.id" ? `/${value.replace(/^\//, "")}` : value;
}
