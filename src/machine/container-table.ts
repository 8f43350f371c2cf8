import { type Container, hostContainer } from "./container-info.ts";
import type { Thread } from "./thread.ts";

/** Containers remembered at most: beyond that the oldest go, those that have ended first. */
const MOST = 8192;
/** Milliseconds that a container is remembered after its end: what its processes did may be judged later. */
const AFTERWARDS = 60_000;
/** Milliseconds until a container that nobody knew is asked for again. */
const ASK_AGAIN = 30_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Asks whoever may know a container; false where nobody may. The answer comes by {@link ContainerTable.put}. */
export type RequestContainer = (id: string, thread: Thread) => boolean;

/** The containers of a machine, by their short ids. */
export class ContainerTable {
  /** Set where somebody can be asked. */
  request: RequestContainer | undefined = undefined;
  /** Milliseconds that events wait for what is asked. */
  timeout = 1000;
  private readonly known = new Map<string, Container>();
  /** When those that have ended did, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** Those that were asked for and not answered, and when. */
  private readonly requested = new Map<string, number>();
  /** Those of them that whoever was asked does not know. */
  private readonly failed = new Set<string>();
  /** Those of which somebody else has still something to say, and since when. */
  private readonly expected = new Map<string, number>();
  private readonly now: () => number;

  /** @param now milliseconds on any clock */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** @param id "" for what is in no container */
  get(id: string): Container | undefined {
    return id === "" ? hostContainer : this.known.get(id);
  }

  get size(): number {
    return this.known.size;
  }

  values(): Iterable<Container> {
    return this.known.values();
  }

  put(container: Container): void {
    this.known.delete(container.id); // the newest stand last
    this.known.set(container.id, container);
    this.ended.delete(container.id);
    this.requested.delete(container.id);
    this.failed.delete(container.id);
    if (this.known.size > MOST) this.makeRoom();
  }

  /** It has ended. It is remembered for a while. */
  end(id: string): void {
    if (!this.known.has(id)) return;
    const now = this.now();
    for (const [other, when] of this.ended) {
      if (now - when < AFTERWARDS) break;
      this.ended.delete(other);
      this.known.delete(other);
    }
    this.ended.delete(id);
    this.ended.set(id, now);
  }

  /** A thread turned up in a container. */
  seen(id: string, thread: Thread): void {
    if (this.request === undefined || id === "" || this.known.has(id)) return;
    const now = this.now();
    const before = this.requested.get(id);
    if (before !== undefined && now - before < ASK_AGAIN) return;
    if (!this.request(id, thread) || this.known.has(id)) return;
    this.requested.delete(id);
    this.requested.set(id, now);
    this.failed.delete(id);
    if (this.requested.size <= MOST) return;
    for (const oldest of this.requested.keys()) {
      this.requested.delete(oldest);
      this.failed.delete(oldest);
      return;
    }
  }

  /** Whoever was asked has no answer: nothing needs to wait for it. */
  fail(id: string): void {
    if (!this.requested.has(id)) return;
    this.requested.set(id, this.now() - this.timeout);
    this.failed.add(id);
  }

  /** Why a container is not known: there was nobody to ask, there is no answer, or whoever was asked does not know it. */
  whyUnknown(id: string): "nobody" | "late" | "unknown" {
    return this.failed.has(id) ? "unknown" : this.requested.has(id) ? "late" : "nobody";
  }

  /** Somebody else than a runtime was asked what runs in it: that is worth waiting for as well. */
  expect(id: string): void {
    this.expected.delete(id);
    this.expected.set(id, this.now());
    if (this.expected.size > MOST) for (const oldest of this.expected.keys()) return void this.expected.delete(oldest);
  }

  /** What was expected is there, or won't come. */
  arrived(id: string): void {
    this.expected.delete(id);
  }

  /** Whether an answer may still come in time. */
  isAwaited(id: string): boolean {
    if (id === "" || (this.requested.size === 0 && this.expected.size === 0)) return false;
    const since = Math.max(this.requested.get(id) ?? NEVER, this.expected.get(id) ?? NEVER);
    return this.now() - since < this.timeout;
  }

  clear(): void {
    this.known.clear();
    this.ended.clear();
    this.requested.clear();
    this.failed.clear();
    this.expected.clear();
  }

  private makeRoom(): void {
    for (const ids of [this.ended, this.known]) {
      for (const id of ids.keys()) {
        this.ended.delete(id);
        this.known.delete(id);
        return;
      }
    }
  }
}
