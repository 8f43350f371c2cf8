import { containerAction } from "./container-action.ts";

export const action = containerAction({
  name: "container:pause",
  about:
    "Pauses the alert's container through Docker, Podman or containerd: its processes are frozen, with memory and files " +
    "preserved for investigation. `container:resume` resumes it.",
  example: "",
  from: ["running"],
  done: "Paused",
  undoneBy: "container:resume",
  does: (container) => container.pause(),
});
