import type { Thread } from "./thread.ts";

/** Whether a process is runc's init process, which runs in the container before it executes the container's program. */
export function isRuntimesInit({ comm, args, exe }: Thread): boolean {
  if (comm.startsWith("runc:[")) return true;
  return args.length === 1 && args[0] === "init" && /(?:^|\/)(?:runc|exe|[0-9]+)$/.test(exe);
}
