import { signal } from "@preact/signals";
import { asked, type Filter } from "../filter/filter.ts";
import { address, get } from "./request.ts";
import type { Alert, State, Status } from "./types.ts";

/** The newest status, as the server tells it every two seconds. */
export const status = signal<Status | undefined>(undefined);

/** Whether news come in. */
export const connected = signal(false);

/** What somebody made of an alert. */
export interface Triage {
  readonly id: string;
  readonly state: State;
}

interface News {
  readonly alert?: (alert: Alert) => void;
  readonly triage?: (triage: Triage) => void;
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
  // The server said no: the browser then gives up. Perhaps nobody is signed in any more.
  const refused = (): void => {
    if (source?.readyState !== EventSource.CLOSED) return;
    clearTimeout(due);
    due = setTimeout(() => {
      get("/session").then(again, () => undefined);
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
  const source = new EventSource(address("/events", now));
  source.addEventListener("open", () => {
    connected.value = true;
    news.open?.();
  });
  source.addEventListener("error", () => {
    connected.value = false;
  });
  source.addEventListener("status", ({ data }: MessageEvent<string>) => {
    connected.value = true;
    status.value = JSON.parse(data) as Status;
  });
  source.addEventListener("alert", ({ data }: MessageEvent<string>) => news.alert?.(JSON.parse(data) as Alert));
  source.addEventListener("state", ({ data }: MessageEvent<string>) => news.triage?.(JSON.parse(data) as Triage));
  return source;
}
