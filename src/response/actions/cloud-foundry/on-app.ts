import type { Action } from "../../action.ts";
import { onTarget } from "../../on-target.ts";
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
