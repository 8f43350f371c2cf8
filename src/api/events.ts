import type { ServerResponse } from "node:http";
import type { Filter } from "./filter/filter.ts";
import type { Store } from "./store/store.ts";

/** Milliseconds between two looks for alerts. */
const LOOK = 150;
/** Milliseconds between two states of what runs, and between two signs of life. */
const STATUS = 2000;
const HEARTBEAT = 15_000;
/** Alerts that are asked for and sent at once, and how often in a row. */
const MOST = 20;
const ROUNDS = 10;
/** Bytes that may wait for a slow reader; then alerts wait in the store. */
const BACKLOG = 1_000_000;

/** Those who follow at once, and of one user; each asks the store several times a second. */
export const MOST_FOLLOWERS = 64;
export const MOST_OF_ONE = 16;

/**
 * Sends alerts as they come, and what else there is to know, until the reader goes away (server-sent events).
 * @param cursor after which alert it begins
 * @param isWelcome whether the reader still may: where not, it ends
 */
export async function sendEvents(
  response: ServerResponse,
  store: Store,
  status: () => Promise<unknown>,
  filter: Filter,
  cursor: string,
  isWelcome: () => boolean,
): Promise<void> {
  let at = cursor;
  let changes = (await store.changesAfter(-1)).number;
  let open = true;
  let busy = false;
  let stated = 0;
  let beaten = Date.now();

  function send(event: string, data: unknown, id?: string): void {
    response.write(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  async function look(): Promise<void> {
    if (!isWelcome()) {
      response.end();
      return;
    }
    for (let round = 0; round < ROUNDS; round++) {
      if (response.writableLength > BACKLOG) return;
      const { alerts, cursor: next } = await store.after(filter, at, MOST);
      if (!open) return;
      at = next;
      for (const alert of alerts) send("alert", alert, alert.id);
      if (alerts.length < MOST) break;
    }
    const changed = await store.changesAfter(changes);
    changes = changed.number;
    for (const change of changed.changes) send("state", change);
    const now = Date.now();
    if (now - stated >= STATUS) {
      stated = now;
      send("status", await status());
    }
    if (now - beaten >= HEARTBEAT) {
      beaten = now;
      response.write(":\n\n");
    }
  }

  if (response.destroyed) return; // gone already: nobody would say so again
  response.write("retry: 2000\n\n");
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (busy) return;
      busy = true;
      look()
        .catch(() => response.destroy()) // the reader comes again and hears why
        .finally(() => {
          busy = false;
        });
    }, LOOK);
    const end = (): void => {
      if (!open) return;
      open = false;
      clearInterval(timer);
      resolve();
    };
    response.on("close", end).on("error", end);
  });
}
