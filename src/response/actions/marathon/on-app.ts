import type { Action, ActionRequest } from "../../action.ts";
import { onTarget } from "../../on-target.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { accessParameters, type TokenResponse } from "./access.ts";
import { type App, appFields, appOf, appScopes } from "./app.ts";
import { resultOf } from "./result.ts";

export const force = flagParameter("Cancel another deployment that locks the app.", false);

export const permissions: readonly string[] = [
  "with DC/OS: `dcos:adminrouter:service:marathon full` and `dcos:service:marathon:marathon:services:/<app> update`",
  "without DC/OS: a user who may update the app (`UpdateRunSpec`, with an authorizer plugin)",
];

/** Definition of an action for a whole app. */
interface OnApp extends Pick<Action, "name" | "about" | "example" | "parameters" | "repeatable"> {
  /** Returns the end of the result text: "is restarted". */
  done(given: ActionRequest["parameters"]): string;
  send(request: ActionRequest, app: App, query: Readonly<Record<string, string>>): Promise<TokenResponse>;
}

/** Creates an action on the alert's app. */
export function onApp({ name, about, example, parameters, repeatable, done, send }: OnApp): Action {
  return {
    name,
    about,
    example,
    parameters: { ...accessParameters, ...parameters, force },
    continues: false,
    ...(repeatable && { repeatable }),
    fields: appFields,
    scopes: appScopes,
    permissions,
    ...onTarget({
      find: appOf,
      describe: ({ id }) => `app ${id}`,
      async act(app, request) {
        const query: Record<string, string> = flagIn(request.parameters, "force") ? { force: "true" } : {};
        return resultOf(await send(request, app, query), `app ${app.id} ${done(request.parameters)}`, request);
      },
    }),
  };
}
