import { setTimeout as sleep } from "node:timers/promises";
import { withoutSecrets } from "../../transport/text.ts";
import { type Delivery, reasonOf } from "../output.ts";
import { afterColon } from "./http-answer.ts";

export interface ConnectionSettings<C> {
  /** The other end as reasons name it, without a password. */
  readonly where: string;
  /** Milliseconds until a connection has to be there, and until work over it has to be done. */
  readonly timeout: number;
  /** Texts that no reason may repeat. */
  readonly secrets: readonly string[];
  /** Makes a connection; calls `lost` when it ends by itself. `givenUp`: nobody waits for it any more. */
  connect(lost: () => void, givenUp: AbortSignal): Promise<C>;
  /** Ends a connection, whatever state it is in. */
  disconnect(connection: C): unknown;
}

/** A connection that comes up when it is first used, and again after it broke. */
export interface Connection<C> {
  /** Works over the connection. What `work` throws ends the connection, and means that the same may succeed later. */
  use(work: (connection: C) => Promise<Delivery>): Promise<Delivery>;
  /** Ends the connection, and what waits for it. */
  close(): Promise<void>;
}

/** The clients' own ways to connect again are not used: whoever delivers repeats, and wants to know why it has to. */
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
    fresh.connection.catch(() => {}); // whoever waits for it hears of it
    current = fresh;
    return fresh;
  }

  async function end(one: Attempt<C>): Promise<void> {
    if (current === one) current = undefined;
    one.gaveUp.abort();
    try {
      await hangUp(await one.connection);
    } catch {
      // it had ended
    }
  }

  function within<T>(work: Promise<T>, late: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${late} within ${timeout / 1000} s`)), timeout);
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
      try {
        one = dialled();
        const connection = await within(one.connection, "no connection");
        return await within(work(connection), "no answer");
      } catch (error) {
        if (one !== undefined) void end(one);
        return { outcome: "retry", reason: `${where}${afterColon(withoutSecrets(causeOf(error), secrets))}` };
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

/** Milliseconds that a connection gets to end in good order. */
const CLOSE_TIMEOUT = 2000;

/** What failed; several addresses of a host may have, each in its own way. */
function causeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return reasonOf(first) || "the connection failed";
}
