import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { appFields, appOf, appScopes } from "./app.ts";
import { requestController, resultOf } from "./controller.ts";
import { accessParameters } from "./uaa.ts";

/** An action on a whole app. */
interface OnApp {
  readonly name: string;
  readonly about: string;
  /** Name in the API. */
  readonly action: "restart" | "stop";
  /** For people: "stopped". */
  readonly done: string;
  readonly repeatable?: true;
}

/** Parameters of both actions, for documents. */
const example = `api: https://api.example.org
username: eyas
password_file: /etc/eyas/cf-password`;

/** An action of the API on apps: `POST /v3/apps/:guid/actions/…`. */
export function onApp({ name, about, action, done, repeatable }: OnApp): Action {
  return {
    name,
    about,
    example,
    parameters: accessParameters,
    continues: false,
    ...(repeatable && { repeatable }),
    fields: appFields,
    scopes: appScopes,
    permissions: [
      `UAA scope \`cloud_controller.write\` with the role Space Developer${action === "stop" ? " or Space Supporter" : ""} in the app's space`,
      "or, for all spaces, a client with the authority `cloud_controller.admin`",
    ],
    target(alert) {
      const app = appOf(alert);
      return "missing" in app ? app : { target: `app ${app.guid}` };
    },
    run: (request) =>
      attempt(async () => {
        const app = appOf(request.alert);
        if ("missing" in app) return { outcome: "failed", reason: app.missing };
        const answer = await requestController(request, "POST", "apps", app.guid, "actions", action);
        return resultOf(answer, `app ${app.guid} is ${done}`, request);
      }),
  };
}
