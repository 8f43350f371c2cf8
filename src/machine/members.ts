import { MAX_CONTAINERS } from "./accounts.ts";
import { identityOfAll } from "./container-id.ts";
import type { Thread } from "./thread.ts";
import type { ThreadTable } from "./threads.ts";

/**
 * One long-running process of each container: its first process or, if unknown, the first process that was observed.
 */
export class ContainerMembers {
  private readonly pids = new Map<string, number>();
  private readonly threads: ThreadTable;

  constructor(threads: ThreadTable) {
    this.threads = threads;
  }

  /**
   * Notes a thread of a container. The first process of a PID namespace within the container does not replace the first
   * process of the container.
   */
  seen(containerId: string, thread: Thread): void {
    if (containerId === "") return;
    const member = this.of(containerId);
    if (member !== undefined && (!this.isFirst(containerId, thread) || this.threads.get(member)?.vpid === 1)) return;
    if (!this.pids.has(containerId) && this.pids.size >= MAX_CONTAINERS) {
      for (const oldest of this.pids.keys()) {
        this.pids.delete(oldest);
        break;
      }
    }
    this.pids.set(containerId, thread.pid);
  }

  /**
   * PID of the process of a container; undefined if the process has exited or moved, since another process may then
   * have the PID.
   */
  of(containerId: string): number | undefined {
    const pid = this.pids.get(containerId);
    return pid !== undefined && this.threads.get(pid)?.containerId === containerId ? pid : undefined;
  }

  /**
   * Whether a process is the first process of a container, and not of a PID namespace within the container: its parent
   * is outside the container. The parent in libvirt containers is the monitor, which has the cgroup of the container.
   */
  isFirst(containerId: string, { vpid, ptid, cgroups }: Thread): boolean {
    if (vpid !== 1) return false;
    return this.threads.get(ptid)?.containerId !== containerId || identityOfAll(cgroups).engine === "libvirt-lxc";
  }

  clear(): void {
    this.pids.clear();
  }
}
