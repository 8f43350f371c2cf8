import { isSuccess } from "../../../transport/http/send.ts";
import { at, jsonOf } from "../../../transport/json.ts";
import type { Action, ActionRequest } from "../../action.ts";
import { textOf } from "../../fields.ts";
import { onTarget } from "../../on-target.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { appFields, appScopes, type Instance, instanceOf } from "./app.ts";
import { requestController, resultOf } from "./controller.ts";
import { accessParameters } from "./uaa.ts";

/** Terminates an app instance. The platform starts a new one. */
export const action: Action = {
  name: "cloud-foundry:terminate",
  about:
    "Terminates the alert's app instance; the platform starts a new one from the same droplet. An instance that replaced it after the alert is not terminated.",
  example: `api: https://api.example.org
client_id: eyas
client_secret_file: /etc/eyas/cf-secret`,
  parameters: {
    ...accessParameters,
    verify: flagParameter("Verify that the instance was not replaced since the alert.", true),
  },
  continues: false,
  fields: appFields,
  scopes: appScopes,
  permissions: [
    "UAA scope `cloud_controller.write` (and `cloud_controller.read` for `verify`) with the role Space Developer or Space Supporter in the app's space",
    "or, for all spaces, a client with the authority `cloud_controller.admin`",
  ],
  ...onTarget({
    find: instanceOf,
    describe: (instance) => `instance ${nameOf(instance)}`,
    async act(instance, request) {
      if (flagIn(request.parameters, "verify")) {
        const reason = await whyReplaced(request, instance);
        if (reason !== undefined) return { outcome: "skipped", reason };
      }
      const answer = await requestController(
        request,
        "DELETE",
        ...pathOf(instance),
        "instances",
        String(instance.index),
      );
      return resultOf(answer, `terminated instance ${nameOf(instance)}`, request);
    },
  }),
};

function nameOf({ guid, type, index }: Instance): string {
  return `${encodeURIComponent(type.toWellFormed())}/${index} of app ${guid}`;
}

function pathOf({ guid, type }: Instance): string[] {
  return ["apps", guid, "processes", type];
}

/**
 * Returns the reason why the instance is not the alert's instance, which can be because indexes are reused; undefined
 * if it is the same instance, or if this cannot be determined.
 */
async function whyReplaced(request: ActionRequest, instance: Instance): Promise<string | undefined> {
  const answer = await requestController(request, "GET", ...pathOf(instance), "stats");
  const all = at(jsonOf(answer.body), "resources");
  // The user's role may lack this permission; in that case the DELETE request decides.
  if (!isSuccess(answer) || !Array.isArray(all)) return undefined;
  const now: unknown = all.find((each) => at(each, "index") === instance.index);
  if (now === undefined) return `instance ${nameOf(instance)} does not exist`;
  for (const [field, key] of evidence) {
    const [then, found] = [textOf(request.alert, field), at(now, key)];
    if (then === undefined || typeof found !== "string" || found === "") continue;
    return then === found ? undefined : `instance ${nameOf(instance)} was replaced since the alert`;
  }
  return undefined;
}

/** Pairs of alert field and process stats key that distinguish instances with the same index, most reliable first. */
const evidence = [
  ["cf.instance.guid", "instance_guid"],
  ["cf.instance.ip", "host"],
] as const;
