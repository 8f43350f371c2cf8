import { numberIn, numberParameter } from "../../parameters.ts";
import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:stop",
  about:
    "Stops the alert's container through Docker, Podman, containerd or CRI: sends SIGTERM or the image's stop signal, and " +
    "SIGKILL after the grace period. Its controller (Kubernetes, a restart policy) may start a new " +
    "one.",
  example: "grace: 10",
  parameters: {
    grace: numberParameter("Grace period in seconds. The action's timeout must be longer.", 5, [0, 300]),
  },
  from: ["running", "paused"],
  done: "Stopped",
  suspendedBy: "container:pause",
  does: (container, { parameters }) => container.stop(numberIn(parameters, "grace")),
});
