import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readBody, readLines } from "../http/body.ts";
import type { Upgraded } from "../http/open.ts";
import { type Facts, factsOf, jsonOf } from "../json.ts";
import type { Credentials } from "./credentials.ts";
import { ApiError, timedOut, unreachable } from "./error.ts";
import { type Call, openRequester } from "./request.ts";

/** Maximum size of a response, and of a line in a watch, in bytes. */
const LONGEST_ANSWER = 64 << 20;
const LONGEST_LINE = 8 << 20;
/** Maximum number of attempts per request. */
const TRIES = 3;

export interface Watching {
  /** Called when the server has responded. */
  begun(): void;
  /** Called with each line, which contains JSON. */
  take(line: Buffer): void;
  /** Time without data after which the connection counts as broken, in milliseconds. */
  readonly silence: number;
}

/**
 * Client of an API server. All requests throw ApiError, or Error with a message for the user if the server cannot be
 * reached, does not respond in time, or sends an invalid response. Errors contain no secrets.
 */
export interface KubernetesClient {
  /**
   * Sends a request.
   * @returns the JSON object of the response
   */
  request(call: Call): Promise<Facts>;
  /**
   * Returns the bytes of a response.
   * @param limit maximum number of bytes to read, since logs can be endless
   */
  read(call: Call, limit?: number): Promise<Buffer>;
  /** Reads the lines of a watch until it ends. */
  watch(call: Call, watching: Watching): Promise<void>;
  /** Opens a connection and upgrades it to another protocol. */
  upgrade(call: Call, headers: OutgoingHttpHeaders): Promise<Upgraded>;
  /** Number of requests by response status, without upgrades; 0: no response. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Cancels all requests. */
  close(): void;
}

export interface ClientOptions {
  /** Timeout for a whole response, and for the start of a watch, in milliseconds. */
  readonly timeout?: number;
  /** Maximum delay before a retry after status 429 or 503, without jitter, in milliseconds. */
  readonly longestWait?: number;
  /** Reuses connections. Only for clients that only read, because it may be unknown whether a request arrived. */
  readonly keepAlive?: boolean;
}

export function openClient(credentials: Credentials, options: ClientOptions = {}): KubernetesClient {
  const { timeout = 15_000, longestWait = 10_000, keepAlive = false } = options;
  const requester = openRequester(credentials, keepAlive);
  const stopped = new AbortController();

  const untilStopped = (...signals: readonly (AbortSignal | undefined)[]): AbortSignal =>
    AbortSignal.any([stopped.signal, ...signals.filter((each) => each !== undefined)]);

  async function readOnce(call: Call, limit: number | undefined): Promise<Buffer> {
    const limited = AbortSignal.timeout(timeout);
    try {
      const response = await requester.open(call, untilStopped(limited, call.signal));
      return await readBody(
        inWords(response),
        limit ?? call.largest ?? LONGEST_ANSWER,
        limit === undefined ? "whole" : "cut",
      );
    } catch (error) {
      throw limited.aborted && call.signal?.aborted !== true ? timedOut() : error;
    }
  }

  async function read(call: Call, limit?: number): Promise<Buffer> {
    for (let tries = 1; ; tries++) {
      try {
        return await readOnce(call, limit);
      } catch (error) {
        const wait = tries < TRIES ? waitAfter(error, call, tries) : undefined;
        if (wait === undefined) throw error;
        const signal = untilStopped(call.signal);
        // jitter prevents clients from retrying at the same time
        await sleep(Math.min(wait, longestWait) * (1 + Math.random() / 4), undefined, { signal, ref: false });
      }
    }
  }

  return {
    statuses: requester.statuses,
    read,
    async request(call) {
      const value = jsonOf((await read(call)).toString("utf8"));
      if (value === undefined) throw new Error("the API server's response is not JSON");
      return factsOf(value);
    },
    async watch(call, { begun, take, silence }) {
      const silent = new AbortController();
      let timer = setTimeout(() => silent.abort(), timeout).unref();
      const onData = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), silence).unref();
      };
      try {
        const response = await requester.open(call, untilStopped(call.signal, silent.signal));
        begun();
        onData();
        for await (const line of readLines(inWords(response, onData), LONGEST_LINE)) take(line);
      } catch (error) {
        throw silent.signal.aborted ? timedOut() : error;
      } finally {
        clearTimeout(timer);
      }
    },
    upgrade: (call, headers) => requester.upgrade(call, headers, untilStopped(call.signal)),
    close() {
      stopped.abort();
      requester.close();
    },
  };
}

/**
 * Reads the bytes of a response. Connection errors are converted to errors with messages for the user.
 * @param onData called with each piece
 */
async function* inWords(response: IncomingMessage, onData?: () => void): AsyncGenerator<unknown> {
  try {
    for await (const piece of response) {
      onData?.();
      yield piece;
    }
  } catch (error) {
    throw unreachable(error);
  }
}

/** Delay before a retry, in milliseconds; undefined if the request is not retried. */
function waitAfter(error: unknown, { method = "GET", isFinal }: Call, tries: number): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  // A request that received status 429 had no effect. For status 503, this is unknown.
  const isPassing = (error.status === 429 && isFinal !== true) || (error.status === 503 && method === "GET");
  return isPassing ? (error.retryAfter ?? tries) * 1000 : undefined;
}
