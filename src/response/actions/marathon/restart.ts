import { askMarathon } from "./access.ts";
import { onApp } from "./on-app.ts";

/** Starts new tasks in the place of all that an app has. */
export const action = onApp({
  name: "marathon:restart",
  about: "Restarts all tasks of the alert's app, by its upgrade strategy: as many stay as that strategy wants.",
  parameters: {},
  done: () => "is restarted",
  ask: (request, { parts }, query) => askMarathon(request, "POST", ["apps", ...parts, "restart"], { query }),
});
