import { readText } from "./text.ts";

/** Maximum number of remembered lines, and of remembered groups: users can create any number of groups. */
const MAX_REMEMBERED = 1024;

/**
 * Reads the control groups of processes in the format of events: `controller=path` strings, each terminated by NUL. In
 * a unified hierarchy, the path of a controller is the nearest group that has it: the process's group or an ancestor.
 */
export class ControlGroups {
  /** Mount point of the unified hierarchy; undefined if there is none. */
  private readonly unified: string | undefined;
  /** Results by line of `/proc/PID/cgroup`, since many processes have the same lines. */
  private readonly known = new Map<string, string>();
  private readonly controllers = new Map<string, readonly string[]>();

  constructor(proc: string) {
    const mounts = readText(`${proc}/1/mounts`) ?? readText(`${proc}/self/mounts`) ?? "";
    const mount = /^\S+ (\S+) cgroup2 /m.exec(mounts);
    this.unified = mount === null ? undefined : `${proc}/1/root${mount[1]}`;
  }

  read(directory: string): string {
    let groups = "";
    for (const line of (readText(`${directory}/cgroup`) ?? "").split("\n")) {
      if (line === "") continue;
      let group = this.known.get(line);
      if (group === undefined) {
        group = this.parse(line);
        if (this.known.size >= MAX_REMEMBERED) this.known.clear();
        this.known.set(line, group);
      }
      groups += group;
    }
    return groups;
  }

  /** Parses a line, `id:controllers:path`. In the unified hierarchy, the ID is 0 and the controllers are empty. */
  private parse(line: string): string {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) return "";
    const [, id, controllers = "", path = ""] = match;
    if (controllers !== "") {
      return controllers
        .split(",")
        .map((controller) => `${controller}=${path}\0`)
        .join("");
    }
    return id === "0" && this.unified !== undefined ? this.climb(this.unified, path) : "";
  }

  private climb(mount: string, path: string): string {
    const all = this.controllersOf(mount);
    const found = new Set<string>();
    let groups = "";
    for (let group = path; ; group = group.slice(0, group.lastIndexOf("/")) || "/") {
      for (const controller of this.controllersOf(mount + (group === "/" ? "" : group))) {
        if (found.has(controller)) continue;
        found.add(controller);
        groups += `${controller}=${group}\0`;
      }
      if (group === "/" || !group.startsWith("/") || all.every((controller) => found.has(controller))) return groups;
    }
  }

  private controllersOf(directory: string): readonly string[] {
    let controllers = this.controllers.get(directory);
    if (controllers === undefined) {
      controllers = (readText(`${directory}/cgroup.controllers`) ?? "").split(/\s+/).filter((name) => name !== "");
      if (this.controllers.size >= MAX_REMEMBERED) this.controllers.clear();
      this.controllers.set(directory, controllers);
    }
    return controllers;
  }
}
