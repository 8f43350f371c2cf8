import { askMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

/** Takes all instances from an app. */
export const action = onApp({
  name: "marathon:suspend",
  about: "Suspends the alert's app: it has no instances until somebody scales it again.",
  parameters: {},
  repeatable: true,
  done: () => "is suspended",
  ask: (request, { parts }, query) =>
    askMarathon(request, "PUT", ["apps", ...parts], { query, body: { instances: 0 } }),
});
