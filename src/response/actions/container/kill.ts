import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:kill",
  about:
    "Kills the alert's container (SIGKILL), through Docker, Podman, containerd or CRI. Its controller " +
    "(Kubernetes, a restart policy) may start a new one.",
  example: "",
  from: ["running", "paused"],
  done: "Killed",
  suspendedBy: "container:pause",
  does: (container) => container.kill(),
});
