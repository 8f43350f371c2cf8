import type { Ran, RunOptions, Stage } from "../action.ts";

/** Options for a process in the cgroup of a Docker container. */
export const IN_CONTAINER = { container: "docker" } as const;

/** A public address that is reserved for documentation (RFC 5737). */
export const PUBLIC_ADDRESS = "203.0.113.10";

/** Sentences about the cleanup after an action. */
export const NOTHING_REMAINS = "No files or processes remain.";
export const OWN_FOLDER = "The drill removes its directory in the temporary directory.";
export const OWN_CGROUP = "The drill removes its cgroups.";
export const OWN_FOLDER_AND_CGROUP = "The drill removes its directory and cgroups.";
export const SLEEPER = "The drill kills the sleeping process.";
export const NAMESPACE_ENDS = "The namespace is removed when its process exits.";
export const MOUNT_ENDS = "The file system is unmounted when its process exits.";

/** Sentences about why an action is harmless. */
export const LOOPBACK_ONLY = "No data leaves the machine: both ends use the loopback address.";
export const APART =
  "The process is in a separate network namespace without a connection to the network, and the address is reserved for documentation.";
export const HIDDEN_MOUNT =
  "The process has mounted an empty file system over the directory in a separate mount namespace, so no other process sees the file.";
export const STAND_IN = "The program is a link to /bin/true and ignores its arguments.";

/** End of a script. It makes the shell run the last command as a child process instead of replacing itself with it. */
export const STAY = "; :";

/**
 * Seconds that a simulated server waits before it reads a file. Rules treat a process as new for its first five
 * seconds.
 */
export const SERVER_WARM_UP = "5.3";

/** Runs a script in a shell whose process is named `name`. */
export function server(stage: Stage, name: string, script: string): Promise<Ran> {
  return stage.run([stage.alias(name, stage.shell), "-c", script + STAY]);
}

/** Runs a link to /bin/true under the name `name`; see {@link STAND_IN}. */
export function standIn(
  stage: Stage,
  name: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Ran> {
  return stage.run([stage.alias(name, "/bin/true"), ...args], options);
}
