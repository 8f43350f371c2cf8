import { requestMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

/** Scales an app to zero. */
export const action = onApp({
  name: "marathon:suspend",
  about: "Suspends the alert's app: scales it to zero instances.",
  example: "api: http://marathon.mesos:8080\nforce: true",
  parameters: {},
  repeatable: true,
  done: () => "is suspended",
  send: (request, { parts }, query) =>
    requestMarathon(request, "PUT", ["apps", ...parts], { query, body: { instances: 0 } }),
});
