import { numberIn, numberParameter } from "../../parameters.ts";
import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:stop",
  about:
    "Stops the alert's container: asks it to end (SIGTERM, or what its image says), and ends it when it has not after a " +
    "while. By Docker, Podman, containerd, or over CRI. Whoever looks after it (Kubernetes, a restart policy) may start " +
    "another.",
  parameters: {
    grace: numberParameter("Seconds that it has for ending by itself. The action needs as much time.", 5, [0, 300]),
  },
  from: ["running", "paused"],
  done: "Stopped",
  does: (container, { parameters }) => container.stop(numberIn(parameters, "grace")),
});
