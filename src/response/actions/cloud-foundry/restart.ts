import { onApp } from "./on-app.ts";

/** Restarts an app. */
export const action = onApp({
  name: "cloud-foundry:restart",
  about: "Restarts the alert's app from the same droplet. The app is unavailable during the restart.",
  action: "restart",
  done: "restarted",
});
