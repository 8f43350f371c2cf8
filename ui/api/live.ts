import { signal } from "@preact/signals";
import type { EventData } from "../../src/api/events.ts";
import type { Alert, StateChange } from "../../src/api/schemas/alert.ts";
import type { Status } from "../../src/api/schemas/status.ts";
import { apiParameters, type Filter } from "../filter/filter.ts";
import { address, get } from "./request.ts";

/** The newest status, as the server tells it every two seconds. */
export const status = signal<Status | undefined>(undefined);

/** Whether the connection for events is open. */
export const connected = signal(false);

interface EventListeners {
  readonly alert?: (alert: Alert) => void;
  readonly state?: (change: StateChange) => void;
  /** Called when the connection is there: what happened until then has to be asked for. */
  readonly open?: () => void;
  /** Called when one looks again after so long that news may have been missed. */
  readonly reload?: () => void;
}

/** How long a page may be out of sight before its connection is given up, in milliseconds: browsers allow six to a server. */
const HIDDEN_TIMEOUT = 15_000;

/** Milliseconds until a connection that was refused is tried again. */
const RETRY = 5000;

/**
 * Follows what happens while the page is in sight; the browser connects again by itself, and the server then tells what
 * was missed.
 * @returns ends it
 */
export function subscribe(filter: Filter, news: EventListeners): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    source = open(filter, news);
    source.addEventListener("error", onError);
  };
  const close = (): void => {
    source?.close();
    source = undefined;
    connected.value = false;
  };
  // The server refused, and the browser does not try again. The session may have ended.
  const onError = (): void => {
    if (source?.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      get("/session", {}).then(reconnect, () => undefined);
    }, RETRY);
  };
  const reconnect = (): void => {
    if (closed) return;
    close();
    connect();
    news.reload?.();
  };
  const onVisibilityChange = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(close, HIDDEN_TIMEOUT);
    else if (source === undefined || source.readyState === EventSource.CLOSED) reconnect();
  };
  let closed = false;
  connect();
  document.addEventListener("visibilitychange", onVisibilityChange);
  return () => {
    closed = true;
    document.removeEventListener("visibilitychange", onVisibilityChange);
    clearTimeout(timer);
    close();
  };
}

function open(filter: Filter, news: EventListeners): EventSource {
  const { since: _since, until: _until, ...now } = apiParameters(filter);
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
  listen("state", (data) => news.state?.(data));
  return source;

  function listen<Kind extends keyof EventData & string>(kind: Kind, hear: (data: EventData[Kind]) => void): void {
    // The server's tests hold that its events fit their schemas.
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => hear(JSON.parse(data) as EventData[Kind]));
  }
}
