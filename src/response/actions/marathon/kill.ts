import { describeResponse } from "../../../transport/http/send.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { accessParameters, askMarathon, secretsIn } from "./access.ts";
import { appFields, appScopes, taskOf } from "./app.ts";
import { judge } from "./judge.ts";
import { force, permissions } from "./on-app.ts";

/** Ends one task of an app. */
export const action: Action = {
  name: "marathon:kill",
  about:
    "Kills the task that the alert is about. Marathon starts another in its place, unless `scale` takes one from the app's instances.",
  parameters: {
    ...accessParameters,
    scale: flagParameter("Whether the app has one instance less afterwards.", false),
    wipe: flagParameter("Whether the task's persistent volumes go, too. Not with `scale`.", false),
    force,
  },
  continues: false,
  repeatable: true,
  fields: appFields,
  scopes: appScopes,
  permissions,
  target(alert) {
    const task = taskOf(alert);
    return "missing" in task ? task : { target: `task ${task.task} of app ${task.id}` };
  },
  run: (request) =>
    attempt(async () => {
      const { alert, parameters } = request;
      const task = taskOf(alert);
      if ("missing" in task) return { outcome: "failed", reason: task.missing };
      const flags = ["scale", "wipe", "force"].filter((name) => flagIn(parameters, name));
      if (flags.includes("scale") && flags.includes("wipe"))
        return { outcome: "failed", reason: "Marathon knows no `wipe` with `scale`" };
      const query = Object.fromEntries(flags.map((name) => [name, "true"]));
      const answer = await askMarathon(request, "DELETE", ["apps", ...task.parts, "tasks", task.task], { query });
      if (answer.status === 404) {
        const said = describeResponse(answer, [answer.token, ...secretsIn(parameters)]);
        return { outcome: "skipped", reason: `the task is not there (any more): ${said}` };
      }
      return judge(answer, `task ${task.task} of app ${task.id} is killed`, request);
    }),
};
