import { statSync } from "node:fs";

/**
 * Whether a thread has the root directory of the machine; undefined if it has exited. A manager with another root, as
 * in a container, reads another configuration.
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
