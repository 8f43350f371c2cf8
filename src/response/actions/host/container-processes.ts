import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownerOfCgroup } from "../../../machine/container-id.ts";

/**
 * Returns the PIDs of the processes of a container, its first process first. Later processes can have another root,
 * because root in a container can change it. Processes are matched by cgroup. Cgroups whose names users choose are
 * ignored, because their processes can be outside the container.
 * @param proc the directory `/proc`
 */
export function processesOf(id: string, proc = "/proc"): readonly number[] {
  if (!/^[0-9a-f][-0-9a-f]{11,63}$/.test(id)) return [];
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isInContainer(pid, id, proc))
    .map((pid) => ({ pid, order: orderOf(pid, proc) }))
    .sort((one, other) => one.order[0] - other.order[0] || one.order[1] - other.order[1])
    .map(({ pid }) => pid);
}

/** Whether a process is in the cgroup of a container. */
export function isInContainer(pid: number, id: string, proc = "/proc"): boolean {
  const named = new RegExp(`[/:-]${id}`);
  return textOf(join(proc, String(pid), "cgroup"))
    .split("\n")
    .map((line) => /^\d+:[^:]*:(.*)$/.exec(line)?.[1] ?? "")
    .some((path) => named.test(path) && ownerOfCgroup(path) === undefined);
}

/**
 * Depth of the PID namespace of a process, and its PID in this namespace. The first process of a container has the
 * lowest values.
 */
function orderOf(pid: number, proc: string): readonly [depth: number, pid: number] {
  const pids = /^NSpid:\t(.*)$/m.exec(textOf(join(proc, String(pid), "status")))?.[1]?.split("\t") ?? [];
  return [pids.length, Number(pids.at(-1) ?? pid)];
}

/** Returns the content of a file; empty if the process has exited. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
