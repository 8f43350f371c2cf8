import { setTimeout as sleep } from "node:timers/promises";
import { withoutSecrets } from "../../transport/text.ts";
import { type Delivery, reasonOf } from "../output.ts";
import { afterColon } from "./http-answer.ts";

export interface ConnectionSettings<C> {
  /** Server name for error messages, without a password. */
  readonly where: string;
  /** Timeout for connecting, and for each use of the connection, in milliseconds. */
  readonly timeout: number;
  /** Strings to remove from error messages. */
  readonly secrets: readonly string[];
  /** Connects. Calls `lost` when the connection ends unexpectedly. `givenUp` aborts the attempt. */
  connect(lost: () => void, givenUp: AbortSignal): Promise<C>;
  /** Whether an error persists until an administrator fixes its cause, for example a wrong password. */
  isPersistent(error: unknown): boolean;
  /** Ends a connection in any state. */
  disconnect(connection: C): unknown;
}

/** A connection that is opened at first use, and reopened if it breaks. */
export interface Connection<C> {
  /** Runs work over the connection. An error ends the connection and requests a retry. */
  use(work: (connection: C) => Promise<Delivery>): Promise<Delivery>;
  /** Ends the connection and any work that uses it. */
  close(): Promise<void>;
}

/**
 * Creates a connection. Used instead of the reconnect logic of client libraries, because the dispatcher retries
 * deliveries and needs the reason for a failure.
 */
export function openConnection<C>(settings: ConnectionSettings<C>): Connection<C> {
  const { where, timeout, secrets, connect: dial, disconnect: hangUp } = settings;
  let current: Attempt<C> | undefined;
  const waiting = new Set<(error: Error) => void>();

  function dialled(): Attempt<C> {
    if (current !== undefined) return current;
    const abort = new AbortController();
    const lost = (): void => {
      if (current === fresh) current = undefined;
    };
    const fresh: Attempt<C> = { connection: dial(lost, abort.signal), gaveUp: abort };
    fresh.connection.catch(() => {}); // callers of `use` handle errors
    current = fresh;
    return fresh;
  }

  async function end(one: Attempt<C>): Promise<void> {
    if (current === one) current = undefined;
    one.gaveUp.abort();
    try {
      await hangUp(await one.connection);
    } catch {
      // the connection has already ended
    }
  }

  function within<T>(work: Promise<T>, late: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new TimeoutError(`${late} within ${timeout / 1000} s`)), timeout);
      waiting.add(reject);
      work.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        waiting.delete(reject);
      });
    });
  }

  return {
    async use(work) {
      let one: Attempt<C> | undefined;
      let isConnected = false;
      try {
        one = dialled();
        const connection = await within(one.connection, "no connection");
        isConnected = true;
        return await within(work(connection), "no response");
      } catch (error) {
        const isUnreachable = !isConnected || current !== one || error instanceof TimeoutError;
        if (one !== undefined) void end(one);
        const reason = `${where}${afterColon(withoutSecrets(causeOf(error), secrets))}`;
        if (settings.isPersistent(error)) return { outcome: "retry", reason, persistent: true };
        return { outcome: "retry", reason, ...(isUnreachable && { unreachable: true }) };
      }
    },
    async close() {
      const one = current;
      for (const reject of waiting) reject(new Error("the connection was closed"));
      if (one !== undefined) await Promise.race([end(one), sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
    },
  };
}

interface Attempt<C> {
  readonly connection: Promise<C>;
  readonly gaveUp: AbortController;
}

class TimeoutError extends Error {}

/** Time for a connection to close cleanly, in milliseconds. */
const CLOSE_TIMEOUT = 2000;

/** The cause of an error. For a host with several addresses, the cause of the failure for the first address. */
function causeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return reasonOf(first) || "the connection failed";
}
