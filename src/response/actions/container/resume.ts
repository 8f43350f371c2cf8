import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:resume",
  about: "Lets the alert's container go on after `container:pause`. By Docker, Podman or containerd.",
  from: ["paused"],
  done: "Resumed",
  does: (container) => container.resume(),
});
