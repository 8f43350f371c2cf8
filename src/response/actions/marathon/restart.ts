import { requestMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

/** Replaces all tasks of an app. */
export const action = onApp({
  name: "marathon:restart",
  about: "Restarts all tasks of the alert's app according to its upgrade strategy.",
  example: "api: http://marathon.mesos:8080\nforce: true",
  parameters: {},
  done: () => "is restarted",
  send: (request, { parts }, query) => requestMarathon(request, "POST", ["apps", ...parts, "restart"], { query }),
});
