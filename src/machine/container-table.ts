import { addressOf } from "../event/address.ts";
import type { ContainerIdentity } from "./container-id.ts";
import { type Container, container, hostContainer } from "./container-info.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of stored containers; then ended ones are dropped first, then the oldest. */
const MAX_CONTAINERS = 8192;
/** Milliseconds that a container is stored after its end: its last events may be evaluated later. */
const RETENTION = 60_000;
/** Milliseconds until an unknown container is requested again. */
const RETRY_DELAY = 30_000;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Requests the metadata of a container; false if no runtime can have it. The answer arrives through {@link
 * ContainerTable.put}.
 */
export type RequestContainer = (id: string, thread: Thread) => boolean;

/** Receives containers whose metadata is known for the first time, and ended ones of these. */
export interface ContainerNews {
  started(container: Container): void;
  ended(container: Container): void;
}

/** The containers of a machine, by their short ids. */
export class ContainerTable {
  /** Set if runtimes are connected. */
  request: RequestContainer | undefined = undefined;
  /** Milliseconds that events wait for a request. */
  timeout = 1000;
  /** Set if starts and ends of containers are events. */
  private news: ContainerNews | undefined = undefined;
  /** Containers that `news` has received. */
  private readonly reported = new Set<string>();
  private readonly known = new Map<string, Container>();
  /** Running containers of engines without a runtime, with what their cgroup path states. */
  private readonly stated = new Map<string, Container>();
  /** End times of ended containers, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** Times of pending requests. */
  private readonly requested = new Map<string, number>();
  /** Requests that failed: no runtime knows the container. */
  private readonly failed = new Set<string>();
  /** Containers with other metadata pending, and since when. */
  private readonly expected = new Map<string, number>();
  private readonly now: () => number;

  /** IPv4 addresses of known containers; undefined after a change. */
  private addresses: ReadonlyMap<string, string> | undefined;

  /** @param now milliseconds on any clock */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** @param id "" outside containers */
  get(id: string): Container | undefined {
    return id === "" ? hostContainer : this.known.get(id);
  }

  /** The same, or what the cgroup path of a container states if no runtime can describe it. */
  announced(id: string): Container | undefined {
    return this.known.get(id) ?? this.stated.get(id);
  }

  get size(): number {
    return this.known.size;
  }

  values(): Iterable<Container> {
    return this.known.values();
  }

  /** The IPv4 address of a container as bytes; undefined if it is unknown. */
  address(id: string): string | undefined {
    return this.addressesById().get(id);
  }

  /** True for the IPv4 address of a container. */
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

  /** @param isWhole false if a runtime will describe the container too */
  put(container: Container, isWhole = true): void {
    this.addresses = undefined;
    this.known.delete(container.id); // the newest are last
    this.known.set(container.id, container);
    this.ended.delete(container.id);
    this.requested.delete(container.id);
    this.failed.delete(container.id);
    if (this.known.size > MAX_CONTAINERS) this.makeRoom();
    if (isWhole && this.news !== undefined) this.report(container);
  }

  /** Passes starts and ends of containers to `news` from now on, and first those that are known. */
  follow(news: ContainerNews | undefined): void {
    this.news = news;
    if (news === undefined) this.reported.clear();
    else {
      for (const one of this.known.values()) if (!this.ended.has(one.id)) this.report(one);
      for (const one of this.stated.values()) this.report(one);
    }
  }

  /** Notes a running container of an engine without a runtime. */
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

  /** Marks a container as ended. It is stored for some time. */
  end(id: string): void {
    const one = this.announced(id);
    if (one === undefined) return;
    if (this.reported.delete(id)) this.news?.ended(one);
    if (this.stated.delete(id)) return;
    const now = this.now();
    for (const [other, when] of this.ended) {
      if (now - when < RETENTION) break;
      this.addresses = undefined;
      this.ended.delete(other);
      this.known.delete(other);
    }
    this.ended.delete(id);
    this.ended.set(id, now);
  }

  /** Requests the container of a thread unless it is known. */
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

  /** Marks a request as failed: events no longer wait for it. */
  fail(id: string): void {
    if (!this.requested.has(id)) return;
    this.requested.set(id, this.now() - this.timeout);
    this.failed.add(id);
  }

  /**
   * Why a container is unknown: it was not requested (`no_source`), there is no answer yet (`late`), or no runtime knows
   * it (`unknown`).
   */
  whyUnknown(id: string): "no_source" | "late" | "unknown" {
    return this.failed.has(id) ? "unknown" : this.requested.has(id) ? "late" : "no_source";
  }

  /** Marks other metadata of the container as pending: events wait for it too. */
  expect(id: string): void {
    this.expected.delete(id);
    this.expected.set(id, this.now());
    if (this.expected.size > MAX_CONTAINERS)
      for (const oldest of this.expected.keys()) return void this.expected.delete(oldest);
  }

  /** The pending metadata arrived, or failed. */
  arrived(id: string): void {
    this.expected.delete(id);
  }

  /** Whether an answer is pending and not timed out. */
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
    this.requested.clear();
    this.failed.clear();
    this.expected.clear();
  }

  private makeRoom(): void {
    this.addresses = undefined;
    for (const ids of [this.ended, this.known]) {
      for (const id of ids.keys()) {
        this.ended.delete(id);
        this.known.delete(id);
        this.reported.delete(id);
        return;
      }
    }
  }
}
