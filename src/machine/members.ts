import type { Thread } from "./thread.ts";
import type { ThreadTable } from "./threads.ts";

/** Maximum number of containers; then all are forgotten. */
const MAX_CONTAINERS = 4096;

/** A process of each container that is likely to run for long: its first process, else the first that was seen. */
export class ContainerMembers {
  private readonly pids = new Map<string, number>();
  private readonly threads: ThreadTable;

  constructor(threads: ThreadTable) {
    this.threads = threads;
  }

  /** Notes a thread of a container. */
  seen(containerId: string, { pid, vpid }: Thread): void {
    if (containerId === "" || (vpid !== 1 && this.of(containerId) !== undefined)) return;
    if (this.pids.size >= MAX_CONTAINERS) this.pids.clear();
    this.pids.set(containerId, pid);
  }

  /** The process of a container; undefined if it has ended or moved, since its pid may be that of another then. */
  of(containerId: string): number | undefined {
    const pid = this.pids.get(containerId);
    return pid !== undefined && this.threads.get(pid)?.containerId === containerId ? pid : undefined;
  }

  clear(): void {
    this.pids.clear();
  }
}
