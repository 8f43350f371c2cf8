import { Worker } from "node:worker_threads";
import type { PageSettings } from "./open.ts";
import type { Granted, RuleBook, Status, Wish } from "./sensor.ts";

/** What the page's thread is told. */
export type Told =
  | { readonly kind: "status"; readonly status: Status; readonly costs: ReadonlyMap<string, number> }
  | { readonly kind: "rules"; readonly rules: RuleBook }
  | { readonly kind: "granted"; readonly number: number; readonly granted: Granted }
  | { readonly kind: "close" };

/** What it says. */
export type Says =
  | { readonly kind: "open"; readonly url: string; readonly token: string | undefined }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "wish"; readonly number: number; readonly wish: Wish }
  | { readonly kind: "closed" };

/** What it begins with. */
export interface ThreadData {
  readonly settings: PageSettings;
  readonly status: Status;
  readonly rules: RuleBook;
}

/** The page in a thread of its own, so that no question about a million alerts holds the events up. */
export interface PageThread {
  readonly url: string;
  readonly token: string | undefined;
  tell(told: Exclude<Told, { kind: "granted" | "close" }>): void;
  close(): Promise<void>;
}

/** Milliseconds that it gets at the end. */
const FAREWELL = 2000;
/** MiB of JavaScript objects: an answer never needs more, and a mistake should not take the machine's memory. */
const MEMORY = 256;

/**
 * @param grant does what somebody at the page asks for
 * @param ended called when it broke down after it was open
 * @throws Error with one sentence
 */
export function startPage(
  data: ThreadData,
  grant: (wish: Wish) => Promise<Granted>,
  ended: (reason: string) => void,
): Promise<PageThread> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    });
    let open = false;
    let closing = false;
    let reason = "its thread ended";
    const closed = Promise.withResolvers<void>();
    const tell = (told: Told): void => worker.postMessage(told);
    worker.on("message", (says: Says) => {
      if (says.kind === "wish")
        void grant(says.wish).then((granted) => tell({ kind: "granted", number: says.number, granted }));
      else if (says.kind === "failed") {
        reason = says.reason;
        reject(new Error(says.reason));
      } else if (says.kind === "open") {
        open = true;
        worker.unref(); // the page alone keeps no program running
        const { url, token } = says;
        resolve({
          url,
          token,
          tell,
          async close() {
            closing = true;
            tell({ kind: "close" });
            const late = setTimeout(() => void worker.terminate(), FAREWELL);
            await closed.promise;
            clearTimeout(late);
          },
        });
      }
    });
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => {
      closed.resolve();
      if (!open) reject(new Error(reason));
      else if (!closing) ended(reason);
    });
  });
}
