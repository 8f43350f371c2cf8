import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:kill",
  about:
    "Ends the alert's container at once (SIGKILL). By Docker, Podman, containerd, or over CRI. Whoever looks after it " +
    "(Kubernetes, a restart policy) may start another.",
  from: ["running", "paused"],
  done: "Killed",
  does: (container) => container.kill(),
});
