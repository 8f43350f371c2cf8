import { onApp } from "./on-app.ts";

/** Stops an app and starts it again. */
export const action = onApp({
  name: "cloud-foundry:restart",
  about:
    "Stops all instances of the alert's app and starts it again, from the same droplet. It can't be reached meanwhile.",
  action: "restart",
  done: "restarted",
});
