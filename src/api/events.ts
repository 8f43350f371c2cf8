import type { Filter } from "./filter/filter.ts";
import type { Sink } from "./route.ts";
import type { Alert, StateChange } from "./schemas/alert.ts";
import type { BulkProgress } from "./schemas/bulk.ts";
import type { Status } from "./schemas/status.ts";
import type { Store } from "./store/store.ts";

/** Milliseconds between queries for alerts. */
const QUERY_INTERVAL = 150;
/** Milliseconds between status events, and between heartbeats. */
const STATUS = 2000;
const HEARTBEAT = 15_000;
/** Minimum interval between events about bulk changes, in milliseconds. */
const BULK_INTERVAL = 1000;
/** Maximum number of alerts per batch, and maximum number of batches per query interval. */
const MOST = 20;
const ROUNDS = 10;
/**
 * Maximum number of bytes to buffer for a slow client. Above this number, sending pauses, and alerts stay in the store.
 */
const BACKLOG = 1_000_000;

/** The data of each kind of event. */
export interface EventData {
  readonly alert: Alert;
  readonly state: StateChange;
  readonly states: BulkProgress;
  readonly status: Status;
}

/** Settings of an event stream. */
export interface Following {
  readonly store: Pick<Store, "after" | "changesAfter">;
  readonly filter: Filter;
  /** The cursor of the alert to start after. */
  readonly cursor: string;
  /** The number of the state change to start after; undefined starts after the latest state change. */
  readonly changes?: number | undefined;
  readonly status: () => Promise<Status>;
  /** Whether the user still has the required role. The stream ends when the user no longer has the role. */
  readonly isAuthorized: () => boolean;
}

/** Sends alerts, state changes and the status as server-sent events until the client disconnects. */
export async function sendEvents(sink: Sink, following: Following): Promise<void> {
  const { store, filter, cursor, status, isAuthorized } = following;
  let at = cursor;
  let changes = following.changes ?? (await store.changesAfter(-1)).number;
  let open = true;
  let busy = false;
  let lastStatus = Number.NEGATIVE_INFINITY;
  let lastHeartbeat = performance.now();
  let bulk: string | undefined;
  let lastBulk = Number.NEGATIVE_INFINITY;

  function send<Kind extends keyof EventData>(event: Kind, data: EventData[Kind], id?: string): void {
    sink.write(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  async function query(): Promise<void> {
    if (!isAuthorized()) {
      sink.end();
      return;
    }
    for (let round = 0; round < ROUNDS; round++) {
      if (sink.writableLength > BACKLOG) return;
      const { alerts, cursor: next, more } = await store.after(filter, at, MOST);
      if (!open) return;
      at = next;
      for (const alert of alerts) send("alert", alert, alert.id);
      if (!more) break;
      if (alerts.length < MOST) await pause(); // the search reached its time limit
      if (!open) return;
    }
    const changed = await store.changesAfter(changes);
    changes = changed.number;
    for (const change of changed.changes) send("state", change);
    bulk = changed.bulk ?? bulk;
    const now = performance.now(); // the clock may be set back
    if (bulk !== undefined && now - lastBulk >= BULK_INTERVAL) {
      lastBulk = now;
      send("states", { bulk });
      bulk = undefined;
    }
    if (now - lastStatus >= STATUS) {
      lastStatus = now;
      send("status", await status());
    }
    if (now - lastHeartbeat >= HEARTBEAT) {
      lastHeartbeat = now;
      sink.write(":\n\n");
    }
  }

  if (sink.destroyed) return; // already closed
  sink.write("retry: 2000\n\n");
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      query()
        .catch(() => sink.destroy()) // the client reconnects and receives the error
        .finally(() => {
          busy = false;
        });
    }, QUERY_INTERVAL);
    const end = (): void => {
      if (!open) return;
      open = false;
      clearInterval(timer);
      resolve();
    };
    sink.on("close", end).on("error", end);
  });
}

/** Lets other requests proceed. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
