import { readFileSync } from "node:fs";

/** A freezable cgroup. */
export interface Cgroup {
  /** Path relative to the root of its hierarchy. */
  readonly path: string;
  readonly folder: string;
  readonly version: 1 | 2;
}

/**
 * Returns the freezable cgroups of a process: cgroup v2, and the freezer controller of v1.
 * @throws Error if the process does not exist
 */
export function cgroupsOf(pid: number | "self"): Cgroup[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n");
  const found: Cgroup[] = [];
  for (const line of lines) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const version = controllers === "" ? 2 : 1;
    if (version === 1 && !controllers.split(",").includes("freezer")) continue;
    const folder = folderOf(version, path);
    if (folder !== undefined) found.push({ path, folder, version });
  }
  return found;
}

/** Returns the directory of a cgroup below the mount point of its hierarchy; undefined if it is not visible. */
function folderOf(version: 1 | 2, path: string): string | undefined {
  if (path.split("/").includes("..")) return undefined; // outside the subtree that is visible to this process
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const [mount = "", system] = line.split(" - ");
    const [type, , options = ""] = system?.split(" ") ?? [];
    if (type !== (version === 2 ? "cgroup2" : "cgroup")) continue;
    if (version === 1 && !options.split(",").includes("freezer")) continue;
    const [, , , root, point] = mount.split(" ");
    if (root === "/" && point !== undefined) return plain(point) + (path === "/" ? "" : path);
  }
  return undefined;
}

/** Unescapes a path in mountinfo, where `\040` is a space. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Whether `inner` is the cgroup `outer` or one of its descendants. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
}
