import { type Supervised, supervise } from "../worker/supervise.ts";
import type { AgentRequest, AgentResponse, LoadedRules, RuleFigures, Silent, Status } from "./agent-view.ts";
import type { PageSettings } from "./open.ts";
import type { OutputInterval } from "./output-history.ts";
import type { NewAuditEntry } from "./store/store.ts";

/** Messages to the page's worker. */
export type PageOrder =
  | { readonly kind: "status"; readonly status: Status; readonly figures: RuleFigures }
  | { readonly kind: "rules"; readonly rules: LoadedRules }
  | { readonly kind: "response"; readonly number: number; readonly response: AgentResponse }
  /** Writes an audit entry of the agent to the audit log. */
  | { readonly kind: "audit"; readonly entry: NewAuditEntry }
  | { readonly kind: "close" };

/** Messages from the page's worker. */
export type PageMessage =
  | { readonly kind: "open"; readonly url: string; readonly token: string | undefined }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "request"; readonly number: number; readonly request: AgentRequest }
  /** Number of connections closed because of the limit, since the last message of this kind. */
  | { readonly kind: "evicted"; readonly connections: number }
  /** Reason why the users file cannot be read. */
  | { readonly kind: "users"; readonly reason: string }
  | { readonly kind: "silent"; readonly machines: readonly Silent[] }
  | { readonly kind: "closed" };

/** The initial data of the worker. */
export interface PageWorkerData {
  readonly settings: PageSettings;
  readonly status: Status;
  readonly rules: LoadedRules;
  /** Deliveries in recent hours, by output name. */
  readonly history: ReadonlyMap<string, readonly OutputInterval[]>;
}

/** The page runs in a worker, so that long queries do not delay events. */
export interface PageWorker {
  readonly url: string;
  readonly token: string | undefined;
  /** @returns whether the worker runs; false while it restarts */
  send(order: Exclude<PageOrder, { kind: "response" | "close" }>): boolean;
  close(): Promise<void>;
}

export interface PageWorkerOptions {
  /** Returns the initial data of the worker. Called at each start. */
  data(): PageWorkerData;
  /** Handles a request of a user of the page. Never rejects. */
  handle(request: AgentRequest): Promise<AgentResponse>;
  /** Called when the page is open, including after a restart of the worker. */
  opened?(url: string, token: string | undefined): void;
  /** Called with machines of the fleet that have become silent. */
  silent?(machines: readonly Silent[]): void;
  /** Called with the reason if the users file cannot be read after a change. */
  usersUnreadable?(reason: string): void;
  /** Called when the worker fails after the page was opened. The worker is restarted. */
  broke(reason: string): void;
  /** Called at most once a minute with the number of connections that were closed because of the limit. */
  evicted?(connections: number): void;
}

/** Maximum time to wait until the worker has closed, in milliseconds. */
const CLOSE_TIMEOUT = 2000;
/** Milliseconds until a failed worker is restarted. */
const RESTART_AFTER = 3000;
/** Heap limit in MiB, so that a defect cannot exhaust the machine's memory. */
const HEAP = 256;

/** @throws Error with a message for the user if the page cannot be opened */
export async function startPage(options: PageWorkerOptions): Promise<PageWorker> {
  const { data, handle, opened, broke, evicted, silent, usersUnreadable } = options;
  const first = Promise.withResolvers<{ readonly url: string; readonly token: string | undefined }>();
  let isOpen = false;
  /** The reason why the worker could not open the page. */
  let failure: string | undefined;

  const worker: Supervised<PageOrder> = supervise<PageOrder, PageMessage>({
    url: new URL("./worker.ts", import.meta.url),
    data,
    onMessage(message) {
      if (message.kind === "request")
        void handle(message.request).then((response) =>
          worker.send({ kind: "response", number: message.number, response }),
        );
      else if (message.kind === "failed") failure = message.reason;
      else if (message.kind === "evicted") evicted?.(message.connections);
      else if (message.kind === "users") usersUnreadable?.(message.reason);
      else if (message.kind === "silent") silent?.(message.machines);
      else {
        isOpen = true;
        worker.unref(); // The worker does not keep the process running.
        first.resolve(message);
        opened?.(message.url, message.token);
      }
    },
    onFailure(reason) {
      if (isOpen) broke(failure ?? reason);
      first.reject(new Error(failure ?? reason));
      failure = undefined;
    },
    restartAfter: RESTART_AFTER,
    closeTimeout: CLOSE_TIMEOUT,
    maxHeap: HEAP,
  });
  try {
    const { url, token } = await first.promise;
    return { url, token, send: (order) => worker.send(order), close: () => worker.close({ kind: "close" }) };
  } catch (error) {
    worker.end();
    throw error;
  }
}
