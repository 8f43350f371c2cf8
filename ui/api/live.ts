import { signal } from "@preact/signals";
import type { EventData } from "../../src/api/events.ts";
import type { Alert, StateChange } from "../../src/api/schemas/alert.ts";
import type { Status } from "../../src/api/schemas/status.ts";
import { asked, type Filter } from "../filter/filter.ts";
import { address, get } from "./request.ts";

/** The newest status, as the server tells it every two seconds. */
export const status = signal<Status | undefined>(undefined);

/** Whether the connection for events is open. */
export const connected = signal(false);

interface News {
  readonly alert?: (alert: Alert) => void;
  readonly triage?: (change: StateChange) => void;
  /** Called when the connection is there: what happened until then has to be asked for. */
  readonly open?: () => void;
  /** Called when one looks again after so long that news may have been missed. */
  readonly again?: () => void;
}

/** How long a page may be out of sight before its connection is given up, in milliseconds: browsers allow six to a server. */
const OUT_OF_SIGHT = 15_000;

/** Milliseconds until a connection that was refused is tried again. */
const RETRY = 5000;

/**
 * Follows what happens while the page is in sight; the browser connects again by itself, and the server then tells what
 * was missed.
 * @returns ends it
 */
export function follow(filter: Filter, news: News): () => void {
  let source: EventSource | undefined;
  let due: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    source = open(filter, news);
    source.addEventListener("error", refused);
  };
  const close = (): void => {
    source?.close();
    source = undefined;
    connected.value = false;
  };
  // The server refused, and the browser does not try again. The session may have ended.
  const refused = (): void => {
    if (source?.readyState !== EventSource.CLOSED) return;
    clearTimeout(due);
    due = setTimeout(() => {
      get("/session", {}).then(again, () => undefined);
    }, RETRY);
  };
  const again = (): void => {
    if (ended) return;
    close();
    connect();
    news.again?.();
  };
  const look = (): void => {
    clearTimeout(due);
    if (document.visibilityState === "hidden") due = setTimeout(close, OUT_OF_SIGHT);
    else if (source === undefined || source.readyState === EventSource.CLOSED) again();
  };
  let ended = false;
  connect();
  document.addEventListener("visibilitychange", look);
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", look);
    clearTimeout(due);
    close();
  };
}

function open(filter: Filter, news: News): EventSource {
  const { since: _since, until: _until, ...now } = asked(filter);
  const source = new EventSource(address("/events", { query: now }));
  source.addEventListener("open", () => {
    connected.value = true;
    news.open?.();
  });
  source.addEventListener("error", () => {
    connected.value = false;
  });
  listen("status", (data) => {
    connected.value = true;
    status.value = data;
  });
  listen("alert", (data) => news.alert?.(data));
  listen("state", (data) => news.triage?.(data));
  return source;

  function listen<Kind extends keyof EventData & string>(kind: Kind, hear: (data: EventData[Kind]) => void): void {
    // The server's tests hold that its events fit their schemas.
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => hear(JSON.parse(data) as EventData[Kind]));
  }
}
