import { type Supervised, supervise } from "../worker/supervise.ts";
import type { AgentRequest, AgentResponse, LoadedRules, Status } from "./agent-view.ts";
import type { PageSettings } from "./open.ts";

/** Messages to the page's worker. */
export type PageOrder =
  | { readonly kind: "status"; readonly status: Status; readonly costs: ReadonlyMap<string, number> }
  | { readonly kind: "rules"; readonly rules: LoadedRules }
  | { readonly kind: "granted"; readonly number: number; readonly granted: AgentResponse }
  | { readonly kind: "close" };

/** Messages from the page's worker. */
export type PageMessage =
  | { readonly kind: "open"; readonly url: string; readonly token: string | undefined }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "wish"; readonly number: number; readonly wish: AgentRequest }
  | { readonly kind: "closed" };

/** The initial data of the worker. */
export interface PageWorkerData {
  readonly settings: PageSettings;
  readonly status: Status;
  readonly rules: LoadedRules;
}

/** The page in a worker thread, so that long queries do not delay events. */
export interface PageWorker {
  readonly url: string;
  readonly token: string | undefined;
  send(told: Exclude<PageOrder, { kind: "granted" | "close" }>): void;
  close(): Promise<void>;
}

export interface PageWorkerOptions {
  /** Returns the initial data of the worker; called at every start. */
  data(): PageWorkerData;
  /** Handles a request of a user of the page. Never rejects. */
  handle(wish: AgentRequest): Promise<AgentResponse>;
  /** Called when the page is open, also after a restart of the worker. */
  opened?(url: string, token: string | undefined): void;
  /** Called when the worker failed after the page was open; it is restarted. */
  broke(reason: string): void;
}

/** Milliseconds for the worker to close. */
const CLOSE_TIMEOUT = 2000;
/** Milliseconds until a failed worker is restarted. */
const RESTART_AFTER = 3000;
/** Heap limit in MiB, so that a defect cannot exhaust the machine's memory. */
const HEAP = 256;

/** @throws Error with one sentence if the page cannot be opened */
export async function startPage({ data, handle, opened, broke }: PageWorkerOptions): Promise<PageWorker> {
  const first = Promise.withResolvers<{ readonly url: string; readonly token: string | undefined }>();
  let isOpen = false;
  /** The reason why the worker could not open the page. */
  let failure: string | undefined;

  const worker: Supervised<PageOrder> = supervise<PageOrder, PageMessage>({
    url: new URL("./worker.ts", import.meta.url),
    data,
    onMessage(says) {
      if (says.kind === "wish")
        void handle(says.wish).then((granted) => worker.send({ kind: "granted", number: says.number, granted }));
      else if (says.kind === "failed") failure = says.reason;
      else {
        isOpen = true;
        worker.unref(); // The page alone does not keep the process running.
        first.resolve(says);
        opened?.(says.url, says.token);
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
    return { url, token, send: (told) => void worker.send(told), close: () => worker.close({ kind: "close" }) };
  } catch (error) {
    worker.end();
    throw error;
  }
}
