import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";

/** The controllers whose cgroups an event carries; a container shows in any of them. */
const CONTROLLERS = ["cpu", "cpuacct", "memory", "blkio"];

/** The same in version 2, the one that costs least first. */
const UNIFIED_CONTROLLERS = ["memory", "cpu", "io", "cpuset"];

/** How often and after how many milliseconds the removal of a cgroup is tried again: its last process may still be ending. */
const REMOVAL = { tries: 100, pause: 10 };

/** Cgroups, one in each hierarchy, whose path names a container. */
export interface ContainerCgroup {
  /** The whole name of the container: 64 hexadecimal digits or a UUID. */
  readonly id: string;
  /** The folders; a process that writes its id to their `cgroup.procs` moves in. */
  readonly folders: readonly string[];
  /** Removes the folders that were made. Blocks for up to a second while processes end. */
  remove(): void;
}

const digits = (): string => randomBytes(32).toString("hex");

/** Names of containers, and paths below the root of a hierarchy, as container engines make them. */
const KINDS = {
  docker: [digits, (id: string) => ["docker", id]],
  pod: [digits, (id: string) => ["kubepods", "besteffort", `pod${randomUUID()}`, id]],
  /** An app of Cloud Foundry. */
  garden: [randomUUID, (id: string) => ["garden", id, "init"]],
  /** A task of Mesos. */
  mesos: [randomUUID, (id: string) => ["mesos", id]],
} as const;

export type ContainerKind = keyof typeof KINDS;

/**
 * Makes the cgroups of a container that doesn't exist.
 * @throws where no hierarchy can be written to; what had been made is removed then.
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
        const takeBack = lend(controller, folder);
        // What the drill made needs no mending: it goes.
        if (takeBack !== null && !made.includes(folder)) lent.push(takeBack);
        folder += `/${step}`;
        if (makeFolder(folder)) made.push(folder);
      }
      folders.push(folder);
      shows ||= !isUnified(root) || (controller !== undefined && words(`${folder}/${OFFERED}`).includes(controller));
    }
    if (!shows) throw new Error("no controller can be handed down to new cgroups");
  } catch (error) {
    remove();
    throw error;
  }
  return { id, folders, remove };
}

/** Where the hierarchies are mounted that matter: version 2, and those of version 1 with a controller that events carry. */
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
const HANDED_DOWN = "cgroup.subtree_control";

const isUnified = (root: string): boolean => existsSync(`${root}/${OFFERED}`);

/** In version 2, the controller by which processes below a root are told apart. */
function controllerOf(root: string): string | undefined {
  if (!isUnified(root)) return undefined;
  const offered = words(`${root}/${OFFERED}`);
  return UNIFIED_CONTROLLERS.find((controller) => offered.includes(controller));
}

/**
 * In version 2 the kernel counts a process with the nearest cgroup that a controller was handed down to, so container
 * engines hand them down all the way, and so does this. Gives what undoes it, or null when nothing was changed.
 */
function lend(controller: string | undefined, folder: string): (() => void) | null {
  const file = `${folder}/${HANDED_DOWN}`;
  if (controller === undefined || words(file).includes(controller) || !tell(file, `+${controller}`)) return null;
  return () => void tell(file, `-${controller}`);
}

/** False when the kernel refuses. */
function tell(file: string, word: string): boolean {
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

/** True when the folder is new. */
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
