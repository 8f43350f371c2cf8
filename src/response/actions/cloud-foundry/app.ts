import type { AlertRecord } from "../../../alert/record.ts";
import { distinguishingFields, fieldsOfClass, idFields, nameFields } from "../../../field/roles.ts";
import { shown } from "../../../transport/text.ts";
import type { Scope } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import type { OrMissing } from "../../on-target.ts";

const apps = fieldsOfClass("cf", [...idFields("app"), ...nameFields("app")]);

/** Fields that name the app and its instance. */
export const appFields: readonly string[] = [
  ...fieldsOfClass("cf", distinguishingFields("app", "instance")),
  ...idFields("container"),
];

/** Budgets apply per app. Other fields are ignored, since a forged alert could name a different namespace each time. */
export const appScopes: readonly Scope[] = [{ name: "app", fields: apps }];

/** GUID format of the Cloud Controller. */
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Format of an instance index. */
const INDEX = /^\d{1,6}$/;

/** Returns the GUID of the alert's app, or the reason if there is none. */
export function appOf(alert: AlertRecord): OrMissing<{ readonly guid: string }> {
  const guid = textOf(alert, "cf.app.id");
  if (guid === undefined) return { missing: "the alert has no cf.app.id" };
  if (!GUID.test(guid)) return { missing: `cf.app.id is not a GUID: ${shown(guid)}` };
  return { guid: guid.toLowerCase() };
}

export interface Instance {
  /** GUID of the app. */
  readonly guid: string;
  readonly type: string;
  readonly index: number;
}

/** Returns the alert's app instance, or the reason if there is none. */
export function instanceOf(alert: AlertRecord): OrMissing<Instance> {
  const app = appOf(alert);
  if ("missing" in app) return app;
  const type = textOf(alert, "cf.process.type");
  if (type === undefined) return { missing: "the alert has no cf.process.type" };
  const index = textOf(alert, "cf.instance.index") ?? numberOf(alert, "cf.instance.index")?.toString();
  if (index === undefined) return { missing: "the alert has no cf.instance.index" };
  if (!INDEX.test(index)) return { missing: `cf.instance.index is not a number: ${shown(index)}` };
  return { guid: app.guid, type, index: Number(index) };
}
