import type { Action } from "../../action.ts";
import { onTarget } from "../../on-target.ts";
import { appFields, appOf, appScopes } from "./app.ts";
import { requestController, resultOf } from "./controller.ts";
import { accessParameters } from "./uaa.ts";

/** Definition of an action for a whole app. */
interface OnApp {
  readonly name: string;
  readonly about: string;
  /** Name of the action in the API. */
  readonly action: "restart" | "stop";
  /** Verb in result strings: "stopped". */
  readonly done: string;
  readonly repeatable?: true;
}

/** Example parameters for the documentation of both actions. */
const example = `api: https://api.example.org
username: eyas
password_file: /etc/eyas/cf-password`;

/** Creates an action that calls `POST /v3/apps/:guid/actions/…`. */
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
    ...onTarget({
      find: appOf,
      describe: ({ guid }) => `app ${guid}`,
      async act({ guid }, request) {
        const answer = await requestController(request, "POST", "apps", guid, "actions", action);
        return resultOf(answer, `app ${guid} is ${done}`, request);
      },
    }),
  };
}
