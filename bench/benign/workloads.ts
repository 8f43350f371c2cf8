import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A benign workload: a script that works in the directory `$WORK` until the time `$UNTIL`, in seconds. */
export interface Workload {
  readonly name: string;
  readonly script: string;
  readonly about: string;
  /** Programs that the workload needs. */
  readonly needs: readonly string[];
}

const folder = join(import.meta.dirname, "workloads");

/**
 * The scripts in the directory. Comments at the beginning of each script describe it: `about: …`, `needs: PROGRAM …`.
 */
export const workloads: readonly Workload[] = readdirSync(folder)
  .filter((file) => file !== "lib.sh")
  .map((file) => {
    const script = join(folder, file);
    const text = readFileSync(script, "utf8");
    const line = (key: string): string => new RegExp(`^(?:#|//) ${key}: (.*)$`, "m").exec(text)?.[1] ?? "";
    return {
      name: file.slice(0, file.lastIndexOf(".")),
      script,
      about: line("about"),
      needs: line("needs").split(" ").filter(Boolean),
    };
  });

/** Returns the programs of a workload that are not installed. */
export function missingOf({ needs }: Workload): string[] {
  return needs.filter((program) => spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status !== 0);
}
