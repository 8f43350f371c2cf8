import type { ExecRequest } from "./exec-request.ts";
import { MAX_COMPARED } from "./match-exec-requests.ts";

/** Maximum number of stored exec requests. */
const MOST = 1024;
/**
 * How long exec requests are stored, in milliseconds. An API server may buffer audit events for half a minute, and a
 * process may start later.
 */
const WINDOW = 60_000;
/** How long exec requests to ephemeral containers are stored, in milliseconds. Their images may have to be pulled. */
const DEBUG_WINDOW = 600_000;

/** A stored exec request. */
interface Stored {
  readonly execRequest: ExecRequest;
  readonly received: number;
}

/**
 * The last exec requests, by pod. If a pod has too many, the oldest request of the user with the most requests is
 * dropped. If there are too many in total, the oldest requests of the namespace with the most requests are dropped. A
 * flood therefore removes only its own requests.
 */
export class ExecRequests {
  private readonly byPod = new Map<string, Stored[]>();
  private count = 0;
  private readonly dropped: (execRequest: ExecRequest) => void;

  /** @param dropped called for each exec request that is removed */
  constructor(dropped: (execRequest: ExecRequest) => void) {
    this.dropped = dropped;
  }

  get size(): number {
    return this.count;
  }

  /** The exec requests of a pod, oldest first. */
  of(namespace: string, pod: string): readonly ExecRequest[] {
    return this.byPod.get(keyOf(namespace, pod))?.map(({ execRequest }) => execRequest) ?? [];
  }

  /** Adds an exec request. @returns whether it is new */
  add(execRequest: ExecRequest, now: number): boolean {
    const key = keyOf(execRequest.namespace, execRequest.pod);
    const stored = this.byPod.get(key) ?? [];
    if (stored.some((other) => isSame(other.execRequest, execRequest))) return false;
    if (stored.length >= MAX_COMPARED)
      this.drop(key, largestGroup(stored, ({ execRequest: { requester } }) => requester.user)[0]);
    this.byPod.set(key, stored);
    stored.push({ execRequest, received: now });
    this.count++;
    if (this.count > MOST) this.makeRoom();
    return true;
  }

  expire(now: number): void {
    if (this.count === 0) return;
    for (const [key, stored] of this.byPod) {
      const over = stored.filter(({ execRequest, received }) => now - received > windowOf(execRequest));
      for (const each of over) this.drop(key, each);
    }
  }

  /**
   * Drops an eighth of the requests of the largest namespace at once, to avoid counting requests for each new one.
   */
  private makeRoom(): void {
    const all = [...this.byPod].flatMap(([key, stored]) => stored.map((each) => ({ key, each })));
    const group = largestGroup(all, ({ each: { execRequest } }) => execRequest.namespace);
    const oldest = group.toSorted((a, b) => a.each.received - b.each.received);
    for (const { key, each } of oldest.slice(0, Math.ceil(oldest.length / 8))) this.drop(key, each);
  }

  private drop(key: string, one: Stored | undefined): void {
    const stored = this.byPod.get(key);
    if (one === undefined || stored === undefined) return;
    stored.splice(stored.indexOf(one), 1);
    this.count--;
    if (stored.length === 0) this.byPod.delete(key);
    this.dropped(one.execRequest);
  }
}

function keyOf(namespace: string, pod: string): string {
  return `${namespace}/${pod}`;
}

/**
 * Whether two requests are the same. Clients can choose audit IDs, so comparing only the IDs would allow a request to
 * pass as another one.
 */
function isSame(a: ExecRequest, b: ExecRequest): boolean {
  return (
    a.at === b.at &&
    a.requester.auditId === b.requester.auditId &&
    a.requester.user === b.requester.user &&
    a.container === b.container &&
    a.command?.join("\0") === b.command?.join("\0")
  );
}

function windowOf({ requester: { kind } }: ExecRequest): number {
  return kind === "debug" ? DEBUG_WINDOW : WINDOW;
}

function largestGroup<T>(items: readonly T[], groupOf: (item: T) => string): readonly T[] {
  let largest: readonly T[] = [];
  for (const group of Map.groupBy(items, groupOf).values()) if (group.length > largest.length) largest = group;
  return largest;
}
