import { onApp } from "./on-app.ts";

/** Stops an app and starts it again. */
export const action = onApp({
  name: "cloud-foundry:restart",
  about: "Restarts the alert's app from the same droplet. The app is not available meanwhile.",
  action: "restart",
  done: "restarted",
});
