import { describeResponse } from "../../../transport/http/send.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { accessParameters, requestMarathon, secretsIn } from "./access.ts";
import { appFields, appScopes, taskOf } from "./app.ts";
import { force, permissions } from "./on-app.ts";
import { resultOf } from "./result.ts";

/** Kills a task of an app. */
export const action: Action = {
  name: "marathon:kill",
  about: "Kills the alert's task. Marathon starts a new one, unless `scale` is set.",
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
        return { outcome: "failed", reason: "`wipe` is not allowed with `scale`" };
      const query = Object.fromEntries(flags.map((name) => [name, "true"]));
      const answer = await requestMarathon(request, "DELETE", ["apps", ...task.parts, "tasks", task.task], { query });
      if (answer.status === 404) {
        const said = describeResponse(answer, [answer.token, ...secretsIn(parameters)]);
        return { outcome: "skipped", reason: `the task does not exist: ${said}` };
      }
      return resultOf(answer, `killed task ${task.task} of app ${task.id}`, request);
    }),
};
