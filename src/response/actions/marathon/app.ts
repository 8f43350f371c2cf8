import type { AlertRecord } from "../../../alert/record.ts";
import { distinguishingFields, fieldsOfClass, idFields, nameFields } from "../../../field/roles.ts";
import { shown } from "../../../transport/text.ts";
import type { Scope } from "../../action.ts";
import { textOf } from "../../fields.ts";
import type { OrMissing } from "../../on-target.ts";

const apps = fieldsOfClass("marathon", [...idFields("app"), ...nameFields("app")]);

/** Fields that name the app and its task. */
export const appFields: readonly string[] = [
  ...fieldsOfClass("marathon", distinguishingFields("app")),
  ...distinguishingFields("task"),
  ...idFields("container"),
];

/** Budgets count per app or task, whatever else an alert names: a forged alert could name another namespace each time. */
export const appScopes: readonly Scope[] = [
  { name: "app", fields: apps },
  { name: "task", fields: nameFields("task") },
];

/** A segment of an app's id. */
const PART = /^[a-z0-9](?:[a-z0-9.-]{0,254}[a-z0-9])?$/;

export interface App {
  /** `/group/app` */
  readonly id: string;
  readonly parts: readonly string[];
}

/** The alert's app, or why there is none. */
export function appOf(alert: AlertRecord): OrMissing<App> {
  const id = textOf(alert, "marathon.app.id");
  if (id === undefined) return { missing: "the alert has no marathon.app.id" };
  const parts = id.replace(/^\//, "").split("/");
  if (!parts.every((part) => PART.test(part)))
    return { missing: `marathon.app.id is not the id of an app: ${shown(id)}` };
  return { id: `/${parts.join("/")}`, parts };
}

/** The alert's task, or why there is none. */
export function taskOf(alert: AlertRecord): OrMissing<App & { readonly task: string }> {
  const app = appOf(alert);
  if ("missing" in app) return app;
  const task = textOf(alert, "mesos.task.id");
  if (task === undefined) return { missing: "the alert has no mesos.task.id" };
  if (!/^[\w.-]{1,512}$/.test(task) || /^\.+$/.test(task))
    return { missing: `mesos.task.id is not the id of a task: ${shown(task)}` };
  return { ...app, task };
}
