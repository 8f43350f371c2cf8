import { isSuccess } from "../../../transport/http/send.ts";
import { at, jsonOf } from "../../../transport/json.ts";
import type { Action, ActionRequest } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textOf } from "../../fields.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { appFields, appScopes, type Instance, instanceOf } from "./app.ts";
import { askController, judge } from "./controller.ts";
import { accessParameters } from "./uaa.ts";

/** Ends one instance of an app; the platform starts another in its place. */
export const action: Action = {
  name: "cloud-foundry:terminate",
  about:
    "Ends the instance of the app that the alert is about; the platform starts a new one in its place, from the same droplet. Where the instance has been replaced since the alert, the new one is left alone.",
  parameters: {
    ...accessParameters,
    verify: flagParameter("Ask first whether the instance is still the one of the alert.", true),
  },
  continues: false,
  fields: appFields,
  scopes: appScopes,
  permissions: [
    "UAA scope `cloud_controller.write` (and `cloud_controller.read` for `verify`) with the role Space Developer or Space Supporter in the app's space",
    "or, for all spaces, a client with the authority `cloud_controller.admin`",
  ],
  target(alert) {
    const instance = instanceOf(alert);
    return "missing" in instance ? instance : { target: `instance ${nameOf(instance)}` };
  },
  run: (request) =>
    attempt(async () => {
      const instance = instanceOf(request.alert);
      if ("missing" in instance) return { outcome: "failed", reason: instance.missing };
      if (flagIn(request.parameters, "verify")) {
        const reason = await whyAnother(request, instance);
        if (reason !== undefined) return { outcome: "skipped", reason };
      }
      const answer = await askController(request, "DELETE", ...pathOf(instance), "instances", String(instance.index));
      return judge(answer, `instance ${nameOf(instance)} is ended`, request);
    }),
};

function nameOf({ guid, type, index }: Instance): string {
  return `${encodeURIComponent(type.toWellFormed())}/${index} of app ${guid}`;
}

function pathOf({ guid, type }: Instance): string[] {
  return ["apps", guid, "processes", type];
}

/**
 * Why the instance with the alert's number is another one by now; undefined where it isn't, and where nobody can tell. An
 * index is used again as soon as an instance has gone.
 */
async function whyAnother(request: ActionRequest, instance: Instance): Promise<string | undefined> {
  const answer = await askController(request, "GET", ...pathOf(instance), "stats");
  const all = at(jsonOf(answer.body), "resources");
  // Roles differ in what they may see; whether it may be ended is seen when it is.
  if (!isSuccess(answer) || !Array.isArray(all)) return undefined;
  const now: unknown = all.find((each) => at(each, "index") === instance.index);
  if (now === undefined) return `there is no instance ${nameOf(instance)} (any more)`;
  for (const [field, key] of evidence) {
    const [then, told] = [textOf(request.alert, field), at(now, key)];
    if (then === undefined || typeof told !== "string" || told === "") continue;
    return then === told ? undefined : `instance ${nameOf(instance)} has been replaced since`;
  }
  return undefined;
}

/** What tells two instances with one index apart, best first: fields of the alert, and keys of the API's process stats. */
const evidence = [
  ["cf.instance.guid", "instance_guid"],
  ["cf.instance.ip", "host"],
] as const;
