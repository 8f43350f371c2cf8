import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readBody, readLines } from "../http/body.ts";
import type { Upgraded } from "../http/open.ts";
import { type Facts, factsOf, jsonOf } from "../json.ts";
import type { Credentials } from "./credentials.ts";
import { ApiError, timedOut, unreachable } from "./error.ts";
import { type Call, openRequester } from "./request.ts";

/** Maximum bytes of an answer, and of one line of a watch. */
const LONGEST_ANSWER = 64 << 20;
const LONGEST_LINE = 8 << 20;
/** Maximum attempts of a request. */
const TRIES = 3;

export interface Watching {
  /** Called when the server has answered. */
  begun(): void;
  /** Called with each line, a JSON text. */
  take(line: Buffer): void;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silence: number;
}

/**
 * An API server. All functions throw ApiError, or Error with one sentence if it cannot be reached, is too slow, or its
 * answer is invalid. No error contains a secret.
 */
export interface KubernetesClient {
  /** The JSON object of an answer. */
  request(call: Call): Promise<Facts>;
  /** The bytes of a response. @param limit reads only the first bytes: logs may be endless */
  read(call: Call, limit?: number): Promise<Buffer>;
  /** Reads the lines of a watch until it ends. */
  watch(call: Call, watching: Watching): Promise<void>;
  /** A connection that changes to another protocol. */
  upgrade(call: Call, headers: OutgoingHttpHeaders): Promise<Upgraded>;
  /** Responses by status; 0: no response. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Ends all requests. */
  close(): void;
}

export interface ClientOptions {
  /** Milliseconds for a whole response, and until a watch begins. */
  readonly timeout?: number;
  /** The longest wait before a retry after 429, in milliseconds. */
  readonly longestWait?: number;
  /** Keeps connections between requests. For clients that only read: other requests must not be sent twice. */
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
        // with jitter, so that not all clients retry at once
        await sleep(Math.min(wait, longestWait) * (1 + Math.random() / 4), undefined, { signal, ref: false });
      }
    }
  }

  return {
    statuses: requester.statuses,
    read,
    async request(call) {
      const value = jsonOf((await read(call)).toString("utf8"));
      if (value === undefined) throw new Error("the API server's answer is not JSON");
      return factsOf(value);
    },
    async watch(call, { begun, take, silence }) {
      const silent = new AbortController();
      let timer = setTimeout(() => silent.abort(), timeout).unref();
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), silence).unref();
      };
      try {
        const response = await requester.open(call, untilStopped(call.signal, silent.signal));
        begun();
        heard();
        for await (const line of readLines(inWords(response, heard), LONGEST_LINE)) take(line);
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

/** The bytes of a response; errors are one sentence. @param heard called with each piece */
async function* inWords(response: IncomingMessage, heard?: () => void): AsyncGenerator<unknown> {
  try {
    for await (const piece of response) {
      heard?.();
      yield piece;
    }
  } catch (error) {
    throw unreachable(error);
  }
}

/** Milliseconds until a request is repeated; undefined if it is not. */
function waitAfter(error: unknown, { method = "GET", isFinal }: Call, tries: number): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  // A request with 429 had no effect. After 503 that is unknown.
  const isPassing = (error.status === 429 && isFinal !== true) || (error.status === 503 && method === "GET");
  return isPassing ? (error.retryAfter ?? tries) * 1000 : undefined;
}
