import { onApp } from "./on-app.ts";

/** Stops an app until it is started again. */
export const action = onApp({
  name: "cloud-foundry:stop",
  about: "Stops the alert's app until it is started again.",
  action: "stop",
  done: "stopped",
  repeatable: true,
});
