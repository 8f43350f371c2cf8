import type { AlertRecord } from "../../../alert/record.ts";
import { distinguishingFields, fieldsOfClass, idFields, nameFields } from "../../../field/roles.ts";
import { shown } from "../../../transport/text.ts";
import type { Scope } from "../../action.ts";
import { textOf } from "../../fields.ts";
import type { OrMissing } from "../../on-target.ts";

const apps = fieldsOfClass("marathon", [...idFields("app"), ...nameFields("app")]);

/** Fields that identify the app and its task. */
export const appFields: readonly string[] = [
  ...fieldsOfClass("marathon", distinguishingFields("app")),
  ...distinguishingFields("task"),
  ...idFields("container"),
];

/**
 * Budgets apply per app or task. Other fields are ignored, since a forged alert could name a different namespace each
 * time.
 */
export const appScopes: readonly Scope[] = [
  { name: "app", fields: apps },
  { name: "task", fields: nameFields("task") },
];

/** Format of a segment of an app ID. */
const PART = /^[a-z0-9](?:[a-z0-9.-]{0,254}[a-z0-9])?$/;

export interface App {
  /** App ID, such as `/group/app`. */
  readonly id: string;
  readonly parts: readonly string[];
}

/** Returns the alert's app, or the reason if there is none. */
export function appOf(alert: AlertRecord): OrMissing<App> {
  const id = textOf(alert, "marathon.app.id");
  if (id === undefined) return { missing: "the alert has no marathon.app.id" };
  const parts = id.replace(/^\//, "").split("/");
  if (!parts.every((part) => PART.test(part)))
    return { missing: `marathon.app.id is not a valid app ID: ${shown(id)}` };
  return { id: `/${parts.join("/")}`, parts };
}

/** Returns the alert's task, or the reason if there is none. */
export function taskOf(alert: AlertRecord): OrMissing<App & { readonly task: string }> {
  const app = appOf(alert);
  if ("missing" in app) return app;
  const task = textOf(alert, "mesos.task.id");
  if (task === undefined) return { missing: "the alert has no mesos.task.id" };
  if (!/^[\w.-]{1,512}$/.test(task) || /^\.+$/.test(task))
    return { missing: `mesos.task.id is not a valid task ID: ${shown(task)}` };
  return { ...app, task };
}
