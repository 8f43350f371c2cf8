import { describeResponse } from "../../../transport/http/send.ts";
import type { Action } from "../../action.ts";
import { onTarget } from "../../on-target.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { accessParameters, requestMarathon, secretsIn } from "./access.ts";
import { appFields, appScopes, taskOf } from "./app.ts";
import { force, permissions } from "./on-app.ts";
import { resultOf } from "./result.ts";

/** Kills a task of an app. */
export const action: Action = {
  name: "marathon:kill",
  about: "Kills the alert's task. Marathon starts a new task, unless `scale` is set.",
  example: `api: http://marathon.mesos:8080
wipe: true`,
  parameters: {
    ...accessParameters,
    scale: flagParameter("Reduce the app's instances by one.", false),
    wipe: flagParameter("Delete the task's persistent volumes. Not allowed with `scale`.", false),
    force,
  },
  continues: false,
  repeatable: true,
  fields: appFields,
  scopes: appScopes,
  permissions,
  ...onTarget({
    find: taskOf,
    describe: ({ task, id }) => `task ${task} of app ${id}`,
    async act(task, request) {
      const { parameters } = request;
      const flags = ["scale", "wipe", "force"].filter((name) => flagIn(parameters, name));
      if (flags.includes("scale") && flags.includes("wipe"))
        return { outcome: "failed", reason: "`wipe` is not allowed with `scale`" };
      const query = Object.fromEntries(flags.map((name) => [name, "true"]));
      const answer = await requestMarathon(request, "DELETE", ["apps", ...task.parts, "tasks", task.task], { query });
      if (answer.status === 404) {
        const said = describeResponse(answer, [answer.token, ...secretsIn(parameters)]);
        return { outcome: "skipped", reason: `the task does not exist: ${said}` };
      }
      return resultOf(answer, `killed task ${task.task} of app ${task.id}`, request);
    },
  }),
};
