import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The memory that this process may use. */
export interface MemoryLimit {
  readonly bytes: number;
  /** Origin of the limit, such as `memory.max of cgroup /system.slice/eyas.service`. */
  readonly from: string;
}

/**
 * Limits above this number of bytes mean unlimited: in cgroup version 1, an unlimited cgroup has a limit of almost
 * 2^63.
 */
const UNLIMITED = 2 ** 60;

/**
 * Returns the smallest of the memory limits of this process's cgroups and their ancestors (version 2: `memory.max` and
 * `memory.high`, version 1: `memory.limit_in_bytes`) and of the machine's available memory; undefined if none can be
 * read.
 * @param root directory that contains `proc` and the mount points of the cgroup file systems
 */
export function memoryLimit(root = "/"): MemoryLimit | undefined {
  const limits = [...cgroupLimits(root), available(root)].filter((limit) => limit !== undefined);
  return limits.toSorted((a, b) => a.bytes - b.bytes)[0];
}

/** Files with memory limits, by type of the cgroup file system. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  cgroup2: ["memory.max", "memory.high"],
  cgroup: ["memory.limit_in_bytes"],
};

function* cgroupLimits(root: string): Generator<MemoryLimit> {
  const memberships = text(root, "proc/self/cgroup").split("\n");
  for (const line of text(root, "proc/self/mountinfo").split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const [type = "", , options = ""] = filesystem.split(" ");
    if (type !== "cgroup2" && !(type === "cgroup" && options.split(",").includes("memory"))) continue;
    const [, , , mounted = "/", point = ""] = mount.split(" ");
    const path = membership(memberships, type);
    if (path === undefined) continue;
    // In a container, the mount may start at the cgroup of the container.
    const inside = mounted !== "/" && path.startsWith(mounted) ? path.slice(mounted.length) : path;
    for (const cgroup of withParents(inside))
      for (const file of FILES[type] ?? []) {
        const bytes = Number.parseInt(text(root, join(point, cgroup, file)), 10); // "max" is not a number
        if (bytes > 0 && bytes < UNLIMITED) yield { bytes, from: `${file} of cgroup ${cgroup}` };
      }
  }
}

/** Path of this process's cgroup in the hierarchy with this type of file system. */
function membership(lines: readonly string[], type: string): string | undefined {
  for (const line of lines) {
    const [, controllers = "", ...path] = line.split(":");
    const is = type === "cgroup2" ? line.startsWith("0::") : controllers.split(",").includes("memory");
    if (is) return path.join(":");
  }
  return undefined;
}

/** A path and its parents: `/a/b`, `/a`, `/`. */
function withParents(path: string): string[] {
  const steps = path.split("/").filter((step) => step !== "" && step !== "..");
  return Array.from({ length: steps.length + 1 }, (_, i) => `/${steps.slice(0, steps.length - i).join("/")}`);
}

function available(root: string): MemoryLimit | undefined {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(text(root, "proc/meminfo"))?.[1];
  return found === undefined ? undefined : { bytes: Number(found) * 1024, from: "MemAvailable of this machine" };
}

/** Returns the content of a file; empty if the file cannot be read. */
function text(root: string, file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return "";
  }
}
