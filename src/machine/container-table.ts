import { addressOf } from "../event/address.ts";
import type { ContainerIdentity } from "./container-id.ts";
import { type Container, container, hostContainer } from "./container-info.ts";
import type { Thread } from "./thread.ts";

/**
 * Maximum number of stored containers. Above this limit, stopped containers are dropped first, then the oldest ones.
 */
const MAX_CONTAINERS = 8192;
/** How long a container is stored after its end, in milliseconds, because its last events may be evaluated later. */
const RETENTION = 60_000;
/** Delay before the metadata of an unknown container is requested again, in milliseconds. */
const RETRY_DELAY = 30_000;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Requests the metadata of a container. The response arrives through {@link ContainerTable.answered}.
 * @returns false if the container cannot belong to any known runtime
 */
export type RequestContainer = (id: string, thread: Thread) => boolean;

/** Receives a notification when the metadata of a container becomes known, and when that container ends. */
export interface ContainerNews {
  started(container: Container): void;
  ended(container: Container): void;
}

/** The containers of a machine, by short ID. */
export class ContainerTable {
  /** Requests the metadata of containers; undefined if no runtime is connected. */
  request: RequestContainer | undefined = undefined;
  /** Called when a runtime has described a container. */
  described: ((container: Container) => void) | undefined = undefined;
  /** How long events wait for requested metadata, in milliseconds. */
  timeout = 1000;
  /** Receives starts and ends of containers; undefined if no events are created for them. */
  private news: ContainerNews | undefined = undefined;
  /** Containers that were reported to `news`. */
  private readonly reported = new Set<string>();
  private readonly known = new Map<string, Container>();
  /** Running containers of engines without a runtime, as derived from their cgroup paths. */
  private readonly stated = new Map<string, Container>();
  /** Times at which containers stopped, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** Containers whose end was reported because of a process exit, and not yet by their runtime. */
  private readonly exited = new Set<string>();
  /** Times at which the metadata of containers was last requested, on the clock of `now`. */
  private readonly requested = new Map<string, number>();
  /** Containers that are unknown to all runtimes. */
  private readonly failed = new Set<string>();
  /** Times at which events began to wait for metadata from sources other than the runtime, on the clock of `now`. */
  private readonly expected = new Map<string, number>();
  private readonly now: () => number;

  /** IPv4 addresses of known containers; undefined if they must be collected again after a change. */
  private addresses: ReadonlyMap<string, string> | undefined;

  /** @param now clock in milliseconds with any origin */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** @param id short ID; "" outside containers */
  get(id: string): Container | undefined {
    return id === "" ? hostContainer : this.known.get(id);
  }

  /** The container with the given short ID. It may be known only from its cgroup path. */
  announced(id: string): Container | undefined {
    return this.known.get(id) ?? this.stated.get(id);
  }

  get size(): number {
    return this.known.size;
  }

  values(): Iterable<Container> {
    return this.known.values();
  }

  /** The IPv4 address of a container as a byte string; undefined if it is unknown. */
  address(id: string): string | undefined {
    return this.addressesById().get(id);
  }

  /** Whether an IPv4 address belongs to a container. */
  hasAddress(address: string): boolean {
    for (const one of this.addressesById().values()) if (one === address) return true;
    return false;
  }

  private addressesById(): ReadonlyMap<string, string> {
    if (this.addresses !== undefined) return this.addresses;
    const all = new Map<string, string>();
    for (const { id, ip } of this.known.values()) {
      const address = ip === "" ? undefined : addressOf(ip);
      if (address !== undefined) all.set(id, address);
    }
    this.addresses = all;
    return all;
  }

  /**
   * Adds or replaces a container. If the end of the container was reported and the runtime has not confirmed the end,
   * the metadata describes the container that has stopped, and is not a new start: the process may exit before the
   * runtime has described the container.
   * @param isWhole false if a runtime will describe the container again
   */
  put(container: Container, isWhole = true): void {
    if (this.isImpostor(container)) return;
    this.described?.(container);
    if (this.exited.has(container.id)) {
      this.update(container);
      return;
    }
    this.addresses = undefined;
    this.known.delete(container.id); // keeps the order by age
    this.known.set(container.id, container);
    this.ended.delete(container.id);
    this.requested.delete(container.id);
    this.failed.delete(container.id);
    if (this.known.size > MAX_CONTAINERS) this.makeRoom();
    if (isWhole && this.news !== undefined) this.report(container);
  }

  /**
   * Adds a container from the response to a request. If the container has already stopped, this does not count as a new
   * start.
   */
  answered(container: Container): void {
    if (this.ended.has(container.id) && !this.isImpostor(container)) this.update(container);
    else this.put(container);
  }

  /** Whether a user's runtime states the ID of a container that belongs to a runtime of root. */
  private isImpostor({ id, owner }: Container): boolean {
    return owner !== 0 && this.known.get(id)?.owner === 0;
  }

  /** Replaces the metadata of a container that has stopped. */
  private update(container: Container): void {
    this.addresses = undefined;
    this.known.set(container.id, container);
    this.requested.delete(container.id);
    this.failed.delete(container.id);
  }

  /** Reports starts and ends of containers to `news` from now on, beginning with the containers that are known. */
  follow(news: ContainerNews | undefined): void {
    this.news = news;
    if (news === undefined) this.reported.clear();
    else {
      for (const one of this.known.values()) if (!this.ended.has(one.id)) this.report(one);
      for (const one of this.stated.values()) this.report(one);
    }
  }

  /** Adds a running container of an engine without a runtime. */
  addStated({ id, fullId, engine }: ContainerIdentity): void {
    if (this.stated.has(id)) return;
    if (this.stated.size >= MAX_CONTAINERS) {
      for (const oldest of this.stated.keys()) {
        this.stated.delete(oldest);
        this.reported.delete(oldest);
        break;
      }
    }
    const one = container({ id, fullId, type: engine });
    this.stated.set(id, one);
    if (this.news !== undefined) this.report(one);
  }

  private report(container: Container): void {
    if (this.reported.has(container.id)) return;
    this.reported.add(container.id);
    this.news?.started(container);
  }

  /** Marks a container as stopped because its first process has exited. Its runtime reports the end later. */
  exit(id: string): void {
    const isReported = this.reported.has(id);
    this.stop(id);
    if (isReported && this.known.has(id)) this.exited.add(id);
  }

  /** Marks a container as stopped. It remains stored for some time. */
  end(id: string): void {
    this.exited.delete(id);
    this.stop(id);
  }

  private stop(id: string): void {
    const one = this.announced(id);
    if (one === undefined) return;
    if (this.reported.delete(id)) this.news?.ended(one);
    if (this.stated.delete(id)) return;
    const now = this.now();
    for (const [other, when] of this.ended) {
      if (now - when < RETENTION) break;
      this.addresses = undefined;
      this.ended.delete(other);
      this.exited.delete(other);
      this.known.delete(other);
    }
    this.ended.delete(id);
    this.ended.set(id, now);
  }

  /** Requests the metadata of a thread's container if the container is unknown. */
  seen(id: string, thread: Thread): void {
    if (this.request === undefined || id === "" || this.known.has(id)) return;
    const now = this.now();
    const before = this.requested.get(id);
    if (before !== undefined && now - before < RETRY_DELAY) return;
    if (!this.request(id, thread) || this.known.has(id)) return;
    this.requested.delete(id);
    this.requested.set(id, now);
    this.failed.delete(id);
    if (this.requested.size <= MAX_CONTAINERS) return;
    for (const oldest of this.requested.keys()) {
      this.requested.delete(oldest);
      this.failed.delete(oldest);
      return;
    }
  }

  /** Marks a request as failed, so that events no longer wait for it. */
  fail(id: string): void {
    if (!this.requested.has(id)) return;
    this.requested.set(id, this.now() - this.timeout);
    this.failed.add(id);
  }

  /**
   * The reason why a container is unknown: `no_source` if it was not requested, `late` if there is no response yet,
   * `unknown` if no runtime has the container.
   */
  whyUnknown(id: string): "no_source" | "late" | "unknown" {
    return this.failed.has(id) ? "unknown" : this.requested.has(id) ? "late" : "no_source";
  }

  /** Marks metadata from another source as pending for a container, so that events wait for it as well. */
  expect(id: string): void {
    this.expected.delete(id);
    this.expected.set(id, this.now());
    if (this.expected.size > MAX_CONTAINERS)
      for (const oldest of this.expected.keys()) return void this.expected.delete(oldest);
  }

  /** Marks the metadata from the other source as no longer pending: it arrived or could not be fetched. */
  arrived(id: string): void {
    this.expected.delete(id);
  }

  /** Whether events must wait for a container, because a response is pending and has not timed out. */
  isAwaited(id: string): boolean {
    if (id === "" || (this.requested.size === 0 && this.expected.size === 0)) return false;
    const since = Math.max(this.requested.get(id) ?? NEVER, this.expected.get(id) ?? NEVER);
    return this.now() - since < this.timeout;
  }

  clear(): void {
    this.addresses = undefined;
    this.reported.clear();
    this.stated.clear();
    this.known.clear();
    this.ended.clear();
    this.exited.clear();
    this.requested.clear();
    this.failed.clear();
    this.expected.clear();
  }

  private makeRoom(): void {
    this.addresses = undefined;
    for (const ids of [this.ended, this.known]) {
      for (const id of ids.keys()) {
        this.ended.delete(id);
        this.exited.delete(id);
        this.known.delete(id);
        this.reported.delete(id);
        return;
      }
    }
  }
}
