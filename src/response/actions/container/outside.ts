import { readFileSync } from "node:fs";
import type { ActionRequest } from "../../action.ts";
import { isWithin } from "../host/cgroup.ts";
import { openProcess } from "../host/process.ts";
import type { FoundContainer } from "./engine.ts";

/**
 * Whether the alert's process still runs, but outside the cgroup of the container. The alert's container ID is from the
 * name of a cgroup, which a user can choose below their service manager. Returns false if this cannot be determined.
 */
export function isOutside(
  request: Pick<ActionRequest, "alert" | "host">,
  { id, pid }: Pick<FoundContainer, "id" | "pid">,
): boolean {
  if (pid <= 0) return false;
  const opened = openProcess(request);
  if ("result" in opened) return false;
  try {
    return areSeparate(cgroupsOf(opened.process.pid), cgroupsOf(pid), id);
  } catch {
    return false; // one of them has exited
  } finally {
    opened.process.close();
  }
}

/**
 * Whether a process is outside the cgroup of a container. Both texts have the format of `/proc/<pid>/cgroup`.
 * @param init cgroups of the first process of the container, which may be below the cgroup of the container
 */
export function areSeparate(own: string, init: string, id: string): boolean {
  const paths = pathsIn(own);
  for (const [hierarchy, path] of pathsIn(init)) {
    const root = rootOf(path, id);
    const other = paths.get(hierarchy);
    if (root !== undefined && other !== undefined) return !isWithin(other, root);
  }
  return false;
}

function cgroupsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cgroup`, "utf8");
}

/** Returns the paths of cgroups by hierarchy. */
function pathsIn(text: string): Map<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, hierarchy, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return hierarchy === undefined || path === undefined ? [] : [[hierarchy, path] as const];
    }),
  );
}

const FULL_ID = /^[0-9a-f]{64}$/;

/** Returns the cgroup whose name contains the ID of a container; undefined if no part of the path contains the ID. */
function rootOf(path: string, id: string): string | undefined {
  const parts = path.split("/");
  const at = parts.findIndex((part) => part === id || (FULL_ID.test(id) && part.includes(id)));
  return at < 0 ? undefined : parts.slice(0, at + 1).join("/");
}
