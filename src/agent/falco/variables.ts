import { type LogLine, logLines } from "../../telemetry/log-lines.ts";

/** An environment variable of Falco and its images. */
export interface FalcoVariable {
  readonly name: string;
  readonly about: string;
  /** Reason why the variable has no effect; absent if the effect is the same as in Falco. */
  readonly absent?: string;
}

const NO_DRIVER = "the sensor needs no driver";

/** Environment variables of Falco 0.44 and of its images. */
export const falcoVariables: readonly FalcoVariable[] = [
  { name: "HOST_ROOT", about: "mount point of the host's root directory" },
  { name: "FALCO_HOSTNAME", about: "name of the machine" },
  { name: "FALCO_CGROUP_MEM_PATH", about: "file that contains the memory usage of the container, for metrics" },
  { name: "FALCO_DRIVER_CHOICE", about: "driver type that the package installs", absent: NO_DRIVER },
  {
    name: "FALCO_FRONTEND",
    about: "whether the package prompts for input during installation",
    absent: "the package does not prompt for input",
  },
  {
    name: "FALCOCTL_ENABLED",
    about: "start falcoctl together with the service",
    absent: "Eyas does not download rules or plugins",
  },
  { name: "SKIP_DRIVER_LOADER", about: "do not build or load a driver", absent: NO_DRIVER },
];

/** Notices about environment variables that are set but have no effect. */
export function variableNotices(environment: Readonly<Record<string, string | undefined>>): LogLine[] {
  return falcoVariables.flatMap(({ name, absent }) =>
    absent === undefined || environment[name] === undefined ? [] : [logLines.variableWithoutEffect(name, absent)],
  );
}
