import type { DetectWorkload } from "../machine/workload.ts";
import { readCloudFoundry } from "./cloud-foundry/environment.ts";
import { readMesos } from "./mesos/environment.ts";

/** Finds out what runs in a container from the environment of a process that was started in it. */
export const readWorkload: DetectWorkload = (variables, identity, known) =>
  readMesos(variables, identity, known) ?? readCloudFoundry(variables, identity, known);
