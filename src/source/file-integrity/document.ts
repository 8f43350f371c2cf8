import { toByteString } from "../../event/bytes.ts";
import type { Json, JsonObject } from "../../event/document.ts";
import type { Attributed } from "./attribution.ts";
import type { Change, Removal } from "./messages.ts";
import type { Mount } from "./mounts.ts";
import type { HashedState } from "./state.ts";

/** Returns the document of a change, which rules are evaluated against. Strings are byte strings. */
export function documentOf(change: Change, who: Attributed): JsonObject {
  const { owner, from } = change;
  return {
    time: new Date(change.time).toISOString(),
    path: change.path,
    change: change.kind,
    ...(change.differences.length > 0 && { differences: change.differences }),
    ...(from !== undefined && { old_path: from }),
    ...(change.before && { old: stateDocument(change.before) }),
    ...(change.after && { new: stateDocument(change.after) }),
    found_by: change.foundBy,
    events: change.events,
    ...managerOf(who),
    ...(owner && {
      package: { name: toByteString(owner.package), ...(owner.matches !== undefined && { matches: owner.matches }) },
    }),
    ...processOf(who),
  };
}

/** Returns the document of a removal. */
export function removalDocument(removal: Removal, who: Attributed): JsonObject {
  const { path, kind, other, files } = removal;
  return {
    time: new Date(removal.time).toISOString(),
    path,
    change: "removed",
    removal: kind,
    ...(other !== undefined && (kind === "moved" ? { new_path: other } : { old_path: other })),
    files,
    found_by: removal.foundBy,
    events: removal.events,
    ...managerOf(who),
    by_log_program: who.manager?.kind === "logs",
    ...processOf(who),
  };
}

function managerOf({ manager }: Attributed): JsonObject {
  return {
    by_package_manager: manager?.kind === "package",
    by_config_management: manager?.kind === "configuration",
    ...(manager && { manager: manager.paths[0] ?? "" }),
  };
}

function processOf({ lineage, seen }: Attributed): { readonly process?: JsonObject } {
  const [thread] = lineage;
  if (thread !== undefined)
    return { process: { pid: thread.pid, name: thread.comm, exe: thread.exepath, command: commandOf(thread) } };
  return seen === undefined ? {} : { process: { ...seen } };
}

function commandOf({ comm, args }: { readonly comm: string; readonly args: readonly string[] }): string {
  return [comm, ...args].join(" ").slice(0, 4096);
}

function stateDocument(state: HashedState): JsonObject {
  const { type, mode, uid, gid, size, mtime, inode, links, target, capability, sha256 } = state;
  const document: Record<string, Json> = {
    ...{ type, mode: mode.toString(8).padStart(4, "0"), uid, gid, size, inode, links },
  };
  const written = new Date(mtime / 1000);
  // Some file systems store times that a date cannot represent.
  if (!Number.isNaN(written.getTime())) document.mtime = written.toISOString();
  if (target !== undefined) document.target = target;
  if (capability) document.capability = capability;
  if (sha256 !== undefined) document.sha256 = sha256;
  return document;
}

/** A package manager's transaction: packages that were installed, changed or removed. */
export interface Transaction {
  readonly packages: readonly string[];
  readonly files: number;
  readonly manager: string;
}

export function transactionDocument({ packages, files, manager }: Transaction, time: number): JsonObject {
  return {
    time: new Date(time).toISOString(),
    change: "packages",
    packages: packages.map(toByteString),
    files,
    manager,
    by_package_manager: true,
  };
}

/** Returns the document of a mount over a watched path. */
export function mountDocument({ path, type, source, root }: Mount, time: number): JsonObject {
  return { time: new Date(time).toISOString(), path, change: "mounted", mount: { type, source, root } };
}

/** Returns the document of a notice, such as that not all directories are watched. */
export function troubleDocument(kind: string, reason: string, time: number): JsonObject {
  return { time: new Date(time).toISOString(), change: kind, reason: toByteString(reason) };
}
