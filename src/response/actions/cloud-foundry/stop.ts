import { onApp } from "./on-app.ts";

/** Stops an app until somebody starts it. */
export const action = onApp({
  name: "cloud-foundry:stop",
  about: "Stops all instances of the alert's app. It stays so until somebody starts it.",
  action: "stop",
  done: "stopped",
  repeatable: true,
});
