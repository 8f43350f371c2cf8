import { Buffer } from "node:buffer";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { HeldInodes } from "./inodes.ts";
import { type WatchedObject, type WatchedTables, watchedBytes } from "./table.ts";

/** The files that rules refer to, as byte strings; see `WatchedFiles` in src/condition/watched-files.ts. */
export interface WatchRequest {
  readonly paths: Iterable<string>;
  readonly directories: Iterable<string>;
  readonly prefixes: Iterable<string>;
  readonly names: Iterable<string>;
  readonly directoryNames: Iterable<string>;
  readonly every: boolean;
}

/** Tables for the probe, and the directories whose changes make the tables outdated. */
export interface ResolvedWatch {
  readonly bytes: Uint8Array;
  /**
   * Number of objects that do not fit into the tables, and of directories below prefixes that were not searched. They
   * are recognized only by name, and directories beyond the first 1000 not at all.
   */
  readonly left: number;
  /** Directories in which watched files may be created or replaced. */
  readonly parents: readonly string[];
}

/**
 * Virtual file systems, whose directories change with processes and devices. Files with a watched prefix in them are
 * recognized only by name.
 */
const VIRTUAL = /^\/(?:proc|sys|dev)(?:\/|$)/;

/** Maximum number of directories that are searched below all prefixes together. */
const MAX_SEARCHED = 200;
/** Maximum number of other directories whose names are watched: users may be able to create any number of them. */
const MAX_NAMED = 1000;

/**
 * Finds the objects of watched files that currently exist on the machine.
 * @param root mount point of the host's root directory
 * @param inodes keeps inodes of files in use; by default, inodes are not kept
 */
export function resolveWatched(request: WatchRequest, root: string, inodes?: HeldInodes): ResolvedWatch {
  const devices = superBlockDevices(root);
  const names = new Set<string>([...request.names, ...request.directoryNames]);
  const objects = new Map<string, WatchedObject>();
  const held: WatchedObject[] = [];
  const parents = new Set<string>();
  const deviceOf = (device: bigint) => devices.get(Number(device)) ?? Number(device);

  /** Adds the object at a path, if there is one. */
  function add(path: string, reported: boolean): "file" | "directory" | undefined {
    const place = join(root, utf8(path));
    const stat = statSync(place, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const device = deviceOf(stat.dev);
    const name = byteString(basename(realpathSync.native(place)));
    if (reported) names.add(name);
    const before = objects.get(path);
    objects.set(path, {
      inode: stat.ino,
      device,
      path: path === "/" ? "" : path,
      name,
      reported: reported || before?.reported === true,
    });
    return stat.isDirectory() ? "directory" : "file";
  }
  function addFile(path: string): void {
    names.add(byteString(basename(utf8(path))));
    attempt(() => add(path, true));
    for (const { inode, device } of inodes?.hold(join(root, utf8(path))) ?? [])
      held.push({ inode, device: deviceOf(device), path, name: "", reported: true });
    const parent = byteString(dirname(utf8(path)));
    if (attempt(() => add(parent, false)) === "directory") parents.add(parent);
  }
  function addDirectory(path: string): boolean {
    names.add(byteString(basename(utf8(path))));
    return attempt(() => add(path, true)) === "directory";
  }
  let [searched, unsearched] = [0, 0];
  function addTree(path: string): void {
    if (searched >= MAX_SEARCHED) {
      if (unsearched >= MAX_NAMED) unsearched++;
      else if (attempt(() => statSync(join(root, utf8(path))).isDirectory()) === true) {
        names.add(byteString(basename(utf8(path))));
        unsearched++;
      }
      return;
    }
    if (!addDirectory(path)) return;
    searched++;
    for (const entry of entriesOf(join(root, utf8(path))))
      if (entry.isDirectory()) addTree(byteString(join(utf8(path), entry.name)));
  }

  for (const path of request.paths) if (path.startsWith("/")) addFile(path);
  for (const path of request.directories)
    if (path.startsWith("/")) addDirectory(path === "/" ? path : path.replace(/\/$/, ""));
  for (const prefix of request.prefixes) {
    if (VIRTUAL.test(prefix)) continue;
    const parent = prefix.slice(0, prefix.lastIndexOf("/")) || "/";
    const beginning = prefix.slice(prefix.lastIndexOf("/") + 1);
    if (beginning === "") {
      addTree(parent);
      continue;
    }
    parents.add(parent);
    for (const entry of entriesOf(join(root, utf8(parent)))) {
      const path = byteString(join(utf8(parent), entry.name));
      if (!path.startsWith(prefix)) continue;
      if (entry.isDirectory()) addTree(path);
      else addFile(path);
    }
  }
  inodes?.settle();
  const tables: WatchedTables = { every: request.every, names, objects: [...held, ...ordered(objects.values())] };
  const { bytes, left } = watchedBytes(tables);
  return { bytes, left: left + unsearched, parents: [...parents].map((path) => join(root, utf8(path))) };
}

/** Sorts reported objects first, since objects at the end are omitted if there are too many. */
function ordered(objects: Iterable<WatchedObject>): WatchedObject[] {
  return [...objects].sort((a, b) => Number(b.reported) - Number(a.reported));
}

/**
 * Maps devices in the result of stat(2) to devices of superblocks. They differ on btrfs, where each subvolume has its
 * own device.
 */
function superBlockDevices(root: string): Map<number, number> {
  const devices = new Map<number, number>();
  const table = attempt(() => readFileSync(join(root, "proc/1/mountinfo"), "latin1")) ?? "";
  for (const line of table.split("\n")) {
    const [, , numbers = "", , mountPoint = ""] = line.split(" ");
    if (!line.includes(" - btrfs ")) continue;
    const [major = 0, minor = 0] = numbers.split(":").map(Number);
    const stat = attempt(() => statSync(join(root, mountPoint)));
    if (stat !== undefined) devices.set(stat.dev, (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
  }
  return devices;
}

function entriesOf(path: string) {
  return attempt(() => readdirSync(path, { withFileTypes: true })) ?? [];
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

const utf8 = (bytes: string) => Buffer.from(bytes, "latin1").toString();
const byteString = (text: string) => Buffer.from(text).toString("latin1");
