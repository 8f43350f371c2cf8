import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A cgroup with a memory limit, below the root of its hierarchy. */
export interface MemoryCgroup {
  /** Arguments that precede a command line to run it in the cgroup. */
  readonly enter: readonly string[];
  /** Returns the number of processes in the cgroup that the kernel killed because of the memory limit. */
  kills(): number;
  /** Returns the peak memory use in bytes. */
  peak(): number;
  /** Kills the processes in the cgroup and removes the cgroup. */
  remove(): Promise<void>;
}

/** Names of files, by cgroup version. */
const FILES = {
  1: { limit: "memory.limit_in_bytes", events: "memory.oom_control", peak: "memory.max_usage_in_bytes" },
  2: { limit: "memory.max", events: "memory.events", peak: "memory.peak" },
} as const;

/** Enters the cgroup whose file `cgroup.procs` is the first argument, and runs the other arguments. */
const ENTER = 'echo $$ > "$0" && exec "$@"';

let made = 0;

/**
 * Creates a cgroup.
 * @throws Error if it cannot be created
 */
export function makeMemoryCgroup(bytes: number): MemoryCgroup {
  const { root, version } = memoryHierarchy();
  const folder = `${root}/eyas-memory-${process.pid}-${++made}`;
  const files = FILES[version];
  if (version === 2) writeFileSync(`${root}/cgroup.subtree_control`, "+memory");
  mkdirSync(folder);
  try {
    writeFileSync(`${folder}/${files.limit}`, String(bytes));
    if (version === 2) tryWrite(`${folder}/memory.swap.max`, "0");
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    enter: ["sh", "-c", ENTER, `${folder}/cgroup.procs`],
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(`${folder}/${files.events}`, "utf8"))?.[1] ?? 0),
    peak: () => Number(readFileSync(`${folder}/${files.peak}`, "utf8")),
    async remove() {
      for (const pid of readFileSync(`${folder}/cgroup.procs`, "utf8").split("\n"))
        if (pid !== "") tryKill(Number(pid));
      for (let tries = 0; tries < 200; tries++) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          await sleep(10); // its last process is still exiting
        }
      }
      throw new Error(`cannot remove ${folder}`);
    },
  };
}

/** Returns the hierarchy that accounts for memory. */
function memoryHierarchy(): { readonly root: string; readonly version: 1 | 2 } {
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const root = mount.split(" ")[4] ?? "";
    const [type, , options = ""] = filesystem.split(" ");
    if (type === "cgroup" && options.split(",").includes("memory")) return { root, version: 1 };
    if (type === "cgroup2" && readFileSync(`${root}/cgroup.controllers`, "utf8").split(/\s+/).includes("memory"))
      return { root, version: 2 };
  }
  throw new Error("no cgroup hierarchy accounts for memory");
}

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // The kernel has no swap accounting.
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process has ended since the list was read.
  }
}
