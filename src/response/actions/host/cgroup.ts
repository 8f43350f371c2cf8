import { readFileSync } from "node:fs";

/** A cgroup that can be frozen. */
export interface Cgroup {
  /** Path from the root of its hierarchy. */
  readonly path: string;
  readonly folder: string;
  readonly version: 1 | 2;
}

/**
 * The cgroups through which a process can be frozen: of version 2, and of the freezer controller of version 1.
 * @throws Error if there is no such process
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

/** The folder of a cgroup in the mounted hierarchy. */
function folderOf(version: 1 | 2, path: string): string | undefined {
  if (path.split("/").includes("..")) return undefined; // outside the part of the tree that this process sees
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

/** A path of mountinfo, which escapes spaces as `\040`. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Whether a cgroup is the same as another or below it. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
}
