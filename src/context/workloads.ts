import type { DetectWorkload } from "../machine/workload.ts";
import { readCloudFoundry } from "./cloud-foundry/environment.ts";
import { readMesos } from "./mesos/environment.ts";

/** Determines the workload of a container from the environment of a process in the container. */
export const readWorkload: DetectWorkload = (variables, identity, known) =>
  readMesos(variables, identity, known) ?? readCloudFoundry(variables, identity, known);
