import { MAX_CONTAINERS } from "./accounts.ts";
import { type ContainerIdentity, identityOfAll } from "./container-id.ts";
import type { Container } from "./container-info.ts";
import type { ThreadTable } from "./threads.ts";

/**
 * Checks to which containers the cgroups of users belong. A user can give a cgroup below their service manager the name
 * of any container, for example with `systemd-run --user --scope --unit=docker-<id>`. Such a cgroup does not belong to
 * a container that has processes in other cgroups, or whose runtime belongs to another user.
 */
export class Claims {
  /** Short IDs of containers that are named by cgroups of users, without contradiction so far. */
  private readonly ids = new Set<string>();
  private readonly threads: ThreadTable;

  constructor(threads: ThreadTable) {
    this.threads = threads;
  }

  /**
   * Whether a cgroup belongs to the container that its path names.
   * @param container the container according to a runtime
   * @param member PID of a process that belongs to the container
   */
  isValid({ id, user }: ContainerIdentity, container: Container | undefined, member: number | undefined): boolean {
    if (user === undefined) {
      if (this.ids.delete(id)) this.reject(id, undefined);
      return true;
    }
    if (container !== undefined && container.owner !== user) return false;
    const other = member === undefined ? undefined : this.threads.get(member);
    if (other !== undefined && identityOfAll(other.cgroups).user !== user) return false;
    if (this.ids.size >= MAX_CONTAINERS && !this.ids.has(id)) this.makeRoom();
    if (this.ids.size >= MAX_CONTAINERS) return this.ids.has(id);
    this.ids.add(id);
    return true;
  }

  /** Compares earlier threads with a container that a runtime describes. */
  described({ id, owner }: Container): void {
    if (this.ids.has(id)) this.reject(id, owner);
  }

  clear(): void {
    this.ids.clear();
  }

  /** Removes the containers that no thread is in. */
  private makeRoom(): void {
    const left = new Set<string>();
    for (const { containerId } of this.threads.values()) left.add(containerId);
    for (const id of this.ids) if (!left.has(id)) this.ids.delete(id);
  }

  /** Moves the threads in cgroups of users other than the owner from a container to the host. */
  private reject(id: string, owner: number | undefined): void {
    for (const thread of this.threads.values()) {
      if (thread.containerId !== id) continue;
      const { user } = identityOfAll(thread.cgroups);
      if (user !== undefined && user !== owner) thread.containerId = "";
    }
  }
}
