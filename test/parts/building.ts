// Parts that are built from package registries. Slow builds run in a separate process, concurrently with the tests.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder, type Part } from "./part.ts";

const pidFile = join(cacheFolder, "building.pid");
/** Output of the background build. */
export const buildLog: string = join(cacheFolder, "building.log");

/** Maximum number of concurrent builds. */
const AT_ONCE = 2;

/** Builds missing parts and reports each result. */
export async function build(wanted: readonly Part[], say: (line: string) => void): Promise<void> {
  const left = [...wanted];
  async function take(): Promise<void> {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      const began = performance.now();
      try {
        await part.build?.();
        const missing = part.missing();
        if (missing !== undefined) throw new Error(missing);
        say(`Built ${part.name} in ${Math.round((performance.now() - began) / 1000)} s.`);
      } catch (error) {
        say(`${part.name} could not be built: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  mkdirSync(cacheFolder, { recursive: true });
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}

/**
 * Starts the build of slow parts in the background with the lowest priority, unless it is already running. It may
 * outlive this process.
 */
export function buildBeside(program: string, ...words: readonly string[]): void {
  if (isBuilding()) return;
  mkdirSync(cacheFolder, { recursive: true });
  const log = openSync(buildLog, "w");
  const child = spawn("nice", ["-n", "19", program, ...words], { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid));
  child.unref();
}

/** Marks the background build, which this process performs, as ended. */
export function builtBeside(): void {
  rmSync(pidFile, { force: true });
}

/** Whether the slow parts are being built. */
export function isBuilding(): boolean {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    return /\0--slow\0/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until the slow parts are built, for at most `patience` milliseconds. */
export async function builds(patience: number): Promise<void> {
  for (const end = Date.now() + patience; isBuilding() && Date.now() < end; ) await sleep(500);
}
