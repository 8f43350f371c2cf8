import { statSync } from "node:fs";

/**
 * Whether the root directory of a thread is the root directory of the machine; undefined if the thread has exited. A
 * manager with another root directory, as in a container, reads another configuration.
 */
export function hasMachineRoot(hostRoot: string, tid: number): boolean | undefined {
  try {
    const machine = statSync(hostRoot);
    const own = statSync(`${hostRoot === "/" ? "" : hostRoot.replace(/\/$/, "")}/proc/${tid}/root`);
    return machine.dev === own.dev && machine.ino === own.ino;
  } catch {
    return undefined;
  }
}
