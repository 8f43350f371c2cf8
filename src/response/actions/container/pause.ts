import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:pause",
  about:
    "Pauses the alert's container: all its processes stand still, with their memory and files as they are, for people to " +
    "look at. By Docker, Podman or containerd. `container:resume` lets it go on.",
  from: ["running"],
  done: "Paused",
  does: (container) => container.pause(),
});
