import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { objectOf } from "../runtime/oci-spec.ts";
import { type Credentials, isSameTls, type TlsOptions } from "./credentials.ts";

/** Bytes of an answer, and of one line of a stream. */
const LONGEST_ANSWER = 64 << 20;
const LONGEST_LINE = 8 << 20;
/** Questions that are under way at once; others stand in line. */
const AT_ONCE = 4;
/** How often a question is put again when the server asks for patience, and milliseconds of patience at most. */
const TRIES = 3;
const LONGEST_PATIENCE = 30_000;
/** Milliseconds until TCP looks whether a silent server is still there, and that a connection is kept that nobody uses. */
const KEEP_ALIVE = 30_000;
const LONGEST_IDLE = 60_000;

/** The API server answered that it won't. The message is one sentence. */
export class ApiError extends Error {
  readonly status: number;
  /** Milliseconds that it wants to be left alone. */
  readonly patience: number | undefined;

  constructor(status: number, patience?: number) {
    super(meanings.get(status) ?? `it answered with status ${status}`);
    this.status = status;
    this.patience = patience;
  }
}

const meanings: ReadonlyMap<number, string> = new Map([
  [0, "it speaks of an error that it does not name"],
  [401, "it does not know us (401)"],
  [403, "we may not read that (403)"],
  [410, "what came since is no longer there (410)"],
  [429, "it has too much to do (429)"],
]);

/** An API server. */
export interface Api {
  /** Gives the one object, or the list, at a path. @throws ApiError, or Error where it can't be reached or makes no sense */
  get(path: string, form?: "whole" | "metadata"): Promise<JsonObject>;
  /**
   * Follows a stream of objects until it ends or `signal` says stop.
   * @param begun called when the server has answered
   * @param silence milliseconds in which the server has to say something
   * @throws ApiError, or Error where it can't be reached, makes no sense, or is silent
   */
  follow(
    path: string,
    begun: () => void,
    take: (line: JsonObject) => void,
    silence: number,
    signal: AbortSignal,
  ): Promise<void>;
  /** How often which status was answered; 0 is for no answer. */
  readonly answers: ReadonlyMap<number, number>;
  close(): void;
}

const LINE_END = 10;
/** Pieces of a line that are kept one by one: each takes memory of its own. */
const MOST_PIECES = 16_384;
const LATE = "it did not answer in time";

const accepts = {
  whole: "application/json",
  metadata: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json",
} as const;

/** @param timeout milliseconds for an answer */
export function openApi(credentials: Credentials, timeout: number): Api {
  const { server } = credentials;
  const secure = server.protocol === "https:";
  const stopped = new AbortController();
  const answers = new Map<number, number>();
  const waiting: (() => void)[] = [];
  let free = AT_ONCE;
  let agent: HttpAgent | undefined;
  let agentTls: TlsOptions | undefined;

  /** Connections are made anew where certificates changed; a stream that flows goes on. */
  function agentFor(tls: TlsOptions): HttpAgent {
    if (agent !== undefined && agentTls !== undefined && isSameTls(agentTls, tls)) return agent;
    agentTls = tls;
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE, timeout: LONGEST_IDLE };
    agent = secure ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
    return agent;
  }

  async function askOnce(path: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { authorization, tls } = await credentials.identity();
    const base = server.pathname.replace(/\/$/, "");
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = (secure ? httpsRequest : httpRequest)(
        {
          host: server.hostname.replace(/^\[|\]$/g, ""),
          port: server.port === "" ? (secure ? 443 : 80) : server.port,
          path: `${base}${path}`,
          headers: { accept, "user-agent": "eyas", ...(authorization !== undefined && { authorization }) },
          signal,
          agent: agentFor(tls),
        },
        resolve,
      );
      asking.on("error", reject);
      asking.end();
    }).catch((error: unknown) => {
      count(0);
      throw error;
    });
    const status = response.statusCode ?? 0;
    count(status);
    if (status === 200) return response;
    response.on("error", () => {}).destroy();
    throw new ApiError(status, patienceOf(response));
  }

  async function ask(path: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await askOnce(path, accept, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      credentials.forget(); // they may just have been renewed
      return askOnce(path, accept, signal);
    }
  }

  function count(status: number): void {
    answers.set(status, (answers.get(status) ?? 0) + 1);
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  }

  async function getOnce(path: string, accept: string): Promise<JsonObject> {
    const limit = AbortSignal.timeout(timeout);
    try {
      return await read(path, accept, AbortSignal.any([stopped.signal, limit]));
    } catch (error) {
      throw limit.aborted ? new Error(LATE) : inWords(error);
    }
  }

  async function read(path: string, accept: string, signal: AbortSignal): Promise<JsonObject> {
    const response = await ask(path, accept, signal);
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response) {
      if (!(piece instanceof Buffer)) continue;
      size += piece.length;
      if (size > LONGEST_ANSWER) {
        response.destroy();
        throw new Error(`the answer has more than ${LONGEST_ANSWER} bytes`);
      }
      pieces.push(piece);
    }
    return parsed(Buffer.concat(pieces));
  }

  return {
    answers,
    get: (path, form = "whole") =>
      inTurn(async () => {
        for (let tries = 1; ; tries++) {
          try {
            return await getOnce(path, accepts[form]);
          } catch (error) {
            const patience = worthAnother(error, tries);
            if (patience === undefined) throw error;
            await sleep(patience, undefined, { signal: stopped.signal, ref: false });
          }
        }
      }),
    async follow(path, begun, take, silence, signal) {
      const silent = new AbortController();
      let timer = setTimeout(() => silent.abort(), timeout).unref();
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), silence).unref();
      };
      try {
        const response = await ask(path, accepts.whole, AbortSignal.any([signal, stopped.signal, silent.signal]));
        begun();
        heard();
        /** The line that has begun, in the pieces that it came in. */
        let begin: Buffer[] = [];
        let size = 0;
        for await (const piece of response) {
          if (!(piece instanceof Buffer)) continue;
          heard();
          let from = 0;
          for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, from)) {
            const line = Buffer.concat([...begin, piece.subarray(from, end)]);
            if (line.length > 0) take(parsed(line));
            begin = [];
            size = 0;
            from = end + 1;
          }
          begin.push(piece.subarray(from));
          if (begin.length > MOST_PIECES) begin = [Buffer.concat(begin)];
          size += piece.length - from;
          if (size > LONGEST_LINE) throw new Error(`a line has more than ${LONGEST_LINE} bytes`);
        }
      } catch (error) {
        throw silent.signal.aborted ? new Error(LATE) : inWords(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      stopped.abort();
      agent?.destroy();
    },
  };
}

/** What Node says of connections that end before their time, in words. */
const brokenOff: ReadonlySet<string> = new Set(["aborted", "socket hang up", "read ECONNRESET"]);

function inWords(error: unknown): unknown {
  return error instanceof Error && brokenOff.has(error.message) ? new Error("the connection broke off") : error;
}

function parsed(bytes: Uint8Array): JsonObject {
  try {
    return objectOf(parseJson(bytes));
  } catch {
    throw new Error("its answer is no JSON");
  }
}

/** Milliseconds until a question is put again; undefined where that is of no use. */
function worthAnother(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ApiError) || tries > TRIES) return undefined;
  if (error.status !== 429 && error.status !== 503) return undefined;
  return Math.min(error.patience ?? 1000 * tries, LONGEST_PATIENCE) * (1 + Math.random() / 4);
}

function patienceOf({ headers }: IncomingMessage): number | undefined {
  const stated = headers["retry-after"];
  return stated !== undefined && /^\d{1,6}$/.test(stated) ? Number(stated) * 1000 : undefined;
}
