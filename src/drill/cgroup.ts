import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";

/** Controllers of cgroup v1 whose cgroup paths are recorded in events. Each path identifies a container. */
const CONTROLLERS = ["cpu", "cpuacct", "memory", "blkio"];

/** Controllers of cgroup v2 whose cgroup paths are recorded in events, in order of increasing overhead. */
const UNIFIED_CONTROLLERS = ["memory", "cpu", "io", "cpuset"];

/**
 * Number of attempts to remove a cgroup, and milliseconds between attempts. Several are needed, because the last
 * process of the cgroup may still be exiting.
 */
const REMOVAL = { tries: 100, pause: 10 };

/** Cgroups with the path of a container, one in each hierarchy. */
export interface ContainerCgroup {
  /** ID of the container: 64 hexadecimal digits or a UUID. For `host`, the name of the cgroup. */
  readonly id: string;
  /** Directories of the cgroups. A process enters one by writing its PID to `cgroup.procs`. */
  readonly folders: readonly string[];
  /** Removes the created directories. Blocks for up to a second per directory while processes exit. */
  remove(): void;
}

const digits = (): string => randomBytes(32).toString("hex");

/**
 * For each kind: a function that creates an ID, and the path below the root of a hierarchy that the container engine
 * uses.
 */
const KINDS = {
  docker: [digits, (id: string) => ["docker", id]],
  pod: [digits, (id: string) => ["kubepods", "besteffort", `pod${randomUUID()}`, id]],
  /** A Cloud Foundry app. */
  garden: [randomUUID, (id: string) => ["garden", id, "init"]],
  /** A Mesos task. */
  mesos: [randomUUID, (id: string) => ["mesos", id]],
  /** A service outside containers. */
  host: [() => `eyas-drill-${process.pid}`, (id: string) => [id]],
} as const;

export type ContainerKind = keyof typeof KINDS;

/**
 * Creates cgroups with the path of a container. The container itself does not exist.
 * @throws Error if no hierarchy is writable; created directories are removed
 */
export function makeContainerCgroup(kind: ContainerKind): ContainerCgroup {
  const [name, pathOf] = KINDS[kind];
  const id = name();
  const path = pathOf(id);
  const made: string[] = [];
  const lent: (() => void)[] = [];
  const folders: string[] = [];
  const remove = () => {
    for (const folder of made.reverse()) removeCgroup(folder);
    for (const takeBack of lent.reverse()) takeBack();
    made.length = 0;
    lent.length = 0;
  };
  try {
    const roots = hierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
    if (roots.length === 0) throw new Error("no cgroup hierarchy is mounted");
    let shows = false;
    for (const root of roots) {
      const controller = controllerOf(root);
      let folder = root;
      for (const step of path) {
        const takeBack = enableController(controller, folder);
        // The drill removes its own directories, so there is no need to disable controllers in them.
        if (takeBack !== null && !made.includes(folder)) lent.push(takeBack);
        folder += `/${step}`;
        if (makeFolder(folder)) made.push(folder);
      }
      folders.push(folder);
      shows ||= !isUnified(root) || (controller !== undefined && words(`${folder}/${OFFERED}`).includes(controller));
    }
    if (!shows) throw new Error("no controller can be enabled for new cgroups");
  } catch (error) {
    remove();
    throw error;
  }
  return { id, folders, remove };
}

/**
 * Returns the mount points of the cgroup v2 hierarchy, and of cgroup v1 hierarchies with one of {@link CONTROLLERS}.
 */
export function hierarchies(mountinfo: string): string[] {
  const roots: string[] = [];
  for (const line of mountinfo.split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const where = mount.split(" ")[4];
    const [type, , options = ""] = filesystem.split(" ");
    if (where === undefined) continue;
    if (type === "cgroup2") roots.push(where);
    if (type === "cgroup" && options.split(",").some((option) => CONTROLLERS.includes(option))) roots.push(where);
  }
  return roots;
}

const OFFERED = "cgroup.controllers";
const SUBTREE_CONTROL = "cgroup.subtree_control";

const isUnified = (root: string): boolean => existsSync(`${root}/${OFFERED}`);

/** Returns the controller to enable below the root of a cgroup v2 hierarchy, so that events contain the cgroup path. */
function controllerOf(root: string): string | undefined {
  if (!isUnified(root)) return undefined;
  const offered = words(`${root}/${OFFERED}`);
  return UNIFIED_CONTROLLERS.find((controller) => offered.includes(controller));
}

/**
 * Enables a controller in a cgroup, as container engines do along the whole path. In cgroup v2, events contain the path
 * of the nearest cgroup with the controller.
 * @returns a function that disables the controller; null if nothing changed
 */
function enableController(controller: string | undefined, folder: string): (() => void) | null {
  const file = `${folder}/${SUBTREE_CONTROL}`;
  if (controller === undefined || words(file).includes(controller) || !writeWord(file, `+${controller}`)) return null;
  return () => void writeWord(file, `-${controller}`);
}

/** Writes to a file of a cgroup; false if the kernel rejects it. */
function writeWord(file: string, word: string): boolean {
  try {
    writeFileSync(file, word);
    return true;
  } catch {
    return false;
  }
}

function words(file: string): string[] {
  return readFileSync(file, "utf8").trim().split(/\s+/);
}

/** Creates a directory; true if it is new. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function removeCgroup(folder: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tried = 0; tried < REMOVAL.tries; tried++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
      Atomics.wait(clock, 0, 0, REMOVAL.pause);
    }
  }
}
