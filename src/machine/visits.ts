import { MAX_COMPARED } from "./match-visits.ts";
import type { Visit } from "./visit.ts";

/** Maximum number of stored visits. */
const MOST = 1024;
/**
 * How long visits are stored, in milliseconds. An API server may buffer audit events for half a minute, and a process
 * may start later.
 */
const WINDOW = 60_000;
/** How long visits to ephemeral containers are stored, in milliseconds. Their images may have to be pulled. */
const DEBUG_WINDOW = 600_000;

/** A stored visit. */
interface Stored {
  readonly visit: Visit;
  readonly received: number;
}

/**
 * The last visits, by pod. If a pod has too many visits, the oldest one of the user with the most visits is dropped. If
 * there are too many in total, the oldest ones of the namespace with the most visits are dropped. A flood therefore
 * removes only its own visits.
 */
export class Visits {
  private readonly byPod = new Map<string, Stored[]>();
  private count = 0;
  private readonly dropped: (visit: Visit) => void;

  /** @param dropped called for each visit that is removed */
  constructor(dropped: (visit: Visit) => void) {
    this.dropped = dropped;
  }

  get size(): number {
    return this.count;
  }

  /** The visits of a pod, oldest first. */
  of(namespace: string, pod: string): readonly Visit[] {
    return this.byPod.get(keyOf(namespace, pod))?.map(({ visit }) => visit) ?? [];
  }

  /** Adds a visit. @returns whether it is new */
  add(visit: Visit, now: number): boolean {
    const key = keyOf(visit.namespace, visit.pod);
    const stored = this.byPod.get(key) ?? [];
    if (stored.some((other) => isSame(other.visit, visit))) return false;
    if (stored.length >= MAX_COMPARED)
      this.drop(key, largestGroup(stored, ({ visit: { visitor } }) => visitor.user)[0]);
    this.byPod.set(key, stored);
    stored.push({ visit, received: now });
    this.count++;
    if (this.count > MOST) this.makeRoom();
    return true;
  }

  expire(now: number): void {
    if (this.count === 0) return;
    for (const [key, stored] of this.byPod) {
      const over = stored.filter(({ visit, received }) => now - received > windowOf(visit));
      for (const each of over) this.drop(key, each);
    }
  }

  /**
   * Drops an eighth of the visits of the largest namespace at once, so that visits are not counted for each new one.
   */
  private makeRoom(): void {
    const all = [...this.byPod].flatMap(([key, stored]) => stored.map((each) => ({ key, each })));
    const group = largestGroup(all, ({ each: { visit } }) => visit.namespace);
    const oldest = group.toSorted((a, b) => a.each.received - b.each.received);
    for (const { key, each } of oldest.slice(0, Math.ceil(oldest.length / 8))) this.drop(key, each);
  }

  private drop(key: string, one: Stored | undefined): void {
    const stored = this.byPod.get(key);
    if (one === undefined || stored === undefined) return;
    stored.splice(stored.indexOf(one), 1);
    this.count--;
    if (stored.length === 0) this.byPod.delete(key);
    this.dropped(one.visit);
  }
}

function keyOf(namespace: string, pod: string): string {
  return `${namespace}/${pod}`;
}

/**
 * Whether two visits are the same. Clients can choose audit IDs, so comparing only the IDs would allow a request to
 * pass as another one.
 */
function isSame(a: Visit, b: Visit): boolean {
  return (
    a.at === b.at &&
    a.visitor.auditId === b.visitor.auditId &&
    a.visitor.user === b.visitor.user &&
    a.container === b.container &&
    a.command?.join("\0") === b.command?.join("\0")
  );
}

function windowOf({ visitor: { kind } }: Visit): number {
  return kind === "debug" ? DEBUG_WINDOW : WINDOW;
}

function largestGroup<T>(items: readonly T[], groupOf: (item: T) => string): readonly T[] {
  let largest: readonly T[] = [];
  for (const group of Map.groupBy(items, groupOf).values()) if (group.length > largest.length) largest = group;
  return largest;
}
