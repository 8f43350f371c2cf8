import { signal } from "@preact/signals";
import type { EventData } from "../../src/api/events.ts";
import type { Alert, StateChange } from "../../src/api/schemas/alert.ts";
import type { Status } from "../../src/api/schemas/status.ts";
import { apiParameters, type Filter } from "../filter/filter.ts";
import { ApiError, address, get, reachable, resumptions } from "./request.ts";
import { recordChange } from "./state-changes.ts";

/** Latest status. The server sends it every two seconds. */
export const status = signal<Status | undefined>(undefined);

/** Time at which the status was received, in milliseconds since the epoch. */
export const statusTime = signal(0);

/** The alert that was received last by an event stream. */
export const latestAlert = signal<Alert | undefined>(undefined);

/** Whether the event stream is connected. */
export const connected = signal(false);

interface EventListeners {
  readonly alert?: (alert: Alert) => void;
  readonly state?: (change: StateChange) => void;
  /** Called after a bulk change has changed states, which must be fetched. */
  readonly states?: () => void;
  /** Called when the stream connects. Earlier events must be fetched. */
  readonly open?: () => void;
  /** Called instead of `open` when the stream has reconnected and events may have been missed. */
  readonly reload?: () => void;
}

/** Milliseconds after which a hidden page disconnects, since browsers allow six connections per server. */
const HIDDEN_TIMEOUT = 15_000;

/** Milliseconds after which a rejected connection is retried. */
const RETRY_DELAY = 5000;

/**
 * Receives events while the page is visible. After the browser reconnects, the server resends missed alerts.
 * @param follow where the stream starts, from a list of alerts; by default, at the time of the connection
 * @returns a function that unsubscribes
 */
export function subscribe(filter: Filter, listeners: EventListeners, follow?: string): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAgain = false;
  const connect = (): void => {
    source = open(
      filter,
      {
        ...listeners,
        open: () => {
          const { open: onOpen, reload = onOpen } = listeners;
          (isAgain ? reload : onOpen)?.();
          isAgain = false;
        },
      },
      isAgain ? undefined : follow,
    );
    source.addEventListener("error", onError);
  };
  const close = (): void => {
    source?.close();
    source = undefined;
    connected.value = false;
  };
  // The server rejected the connection, and the browser does not retry. The session may have expired.
  const onError = (): void => {
    if (!isRejected()) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      get("/session", {}).then(
        () => {
          if (shouldRetry()) reconnect();
        },
        (error: unknown) => {
          const isSignedOut = error instanceof ApiError && error.status === 401;
          if (shouldRetry() && !isSignedOut) onError();
        },
      );
    }, RETRY_DELAY);
  };
  const isRejected = (): boolean => source === undefined || source.readyState === EventSource.CLOSED;
  // A hidden page connects when it becomes visible.
  const shouldRetry = (): boolean => !closed && document.visibilityState !== "hidden" && isRejected();
  const reconnect = (): void => {
    close();
    isAgain = true;
    connect();
  };
  const onVisibilityChange = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(close, HIDDEN_TIMEOUT);
    else if (isRejected()) reconnect();
  };
  let closed = false;
  connect();
  document.addEventListener("visibilitychange", onVisibilityChange);
  const forget = resumptions.subscribe(() => {
    if (shouldRetry()) reconnect();
  });
  return () => {
    closed = true;
    forget();
    document.removeEventListener("visibilitychange", onVisibilityChange);
    clearTimeout(timer);
    close();
  };
}

function open(filter: Filter, listeners: EventListeners, follow: string | undefined): EventSource {
  const { since: _since, until: _until, ...parameters } = apiParameters(filter);
  const source = new EventSource(
    address("/events", { query: { ...parameters, ...(follow !== undefined && { follow }) } }),
  );
  source.addEventListener("open", () => {
    connected.value = true;
    listeners.open?.();
  });
  source.addEventListener("error", () => {
    connected.value = false;
  });
  listen("status", (data) => {
    connected.value = true;
    reachable.value = true;
    status.value = data;
    statusTime.value = Date.now();
  });
  listen("alert", (data) => {
    latestAlert.value = data;
    listeners.alert?.(data);
  });
  listen("state", (data) => {
    recordChange(data);
    listeners.state?.(data);
  });
  listen("states", () => listeners.states?.());
  return source;

  function listen<Kind extends keyof EventData & string>(kind: Kind, listener: (data: EventData[Kind]) => void): void {
    // The type is correct: server tests check all events against the schemas.
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => listener(JSON.parse(data) as EventData[Kind]));
  }
}
