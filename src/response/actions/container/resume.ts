import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:resume",
  about: "Resumes the alert's container after `container:pause`, through Docker, Podman or containerd.",
  example: "",
  from: ["paused"],
  done: "Resumed",
  does: (container) => container.resume(),
});
