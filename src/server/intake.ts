import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { checkBody, type ReadBody, readBody } from "./body.ts";
import { type Check, checkCertificate } from "./credentials.ts";
import { type Limits, listenFor, type Reply, send, sendEarly, textReply } from "./listener.ts";
import { type RequestMemory, sharedMemory } from "./memory.ts";
import { parsedSize } from "./parsed-size.ts";
import { limitRate, plainAddress } from "./rate.ts";
import { type Pages, renderPage } from "./server.ts";
import { sharedTurns } from "./turns.ts";

/** A posted body. */
export interface Upload {
  readonly body: Buffer;
  /** Media type of the body in lower case, without parameters. */
  readonly type: string;
}

/** A body rejected for its size, from a sender with valid credentials. */
export interface LargeBody {
  /** Address of the client. */
  readonly peer: string;
  /** The size that was read or that the client declared; undefined if unknown. */
  readonly bytes: number | undefined;
  /** The exceeded limit, as a sentence. */
  readonly reason: string;
}

/** Handles bodies posted to a path. */
export interface Endpoint {
  /** Handles a body and replies when the client may discard it. Never throws. */
  handle(arrival: Upload): Reply | Promise<Reply>;
  /** Accepted media types; if empty, no body is required. */
  readonly types: readonly string[];
  /** Maximum size of a body, in bytes, both compressed and inflated. */
  readonly maxBody: number;
  /** Checks the credentials of requests. Certificates are checked earlier. */
  readonly check: Check | undefined;
  /** Memory for handling a body, as a multiple of the size of its parsed JSON values. Default: 1. */
  readonly parseFactor?: number;
  /**
   * Handles a body whose values do not all fit into memory at once. Never throws.
   * @param reserve reserves memory until the reply is sent; returns the rejection if no memory is available
   * @returns undefined if the body cannot be handled in parts
   */
  handleInParts?(arrival: Upload, reserve: ReadBody["reserve"]): Promise<Reply | undefined>;
  /** Called for each body rejected with status 413. Most senders do not retry, so the content is lost. */
  tooLarge?(body: LargeBody): void;
}

/** Settings of the listener. */
export interface IntakeSettings {
  readonly address: string;
  readonly port: number;
  /** Enables HTTPS. With `requestCert`, each endpoint requires a valid client certificate. */
  readonly tls: TlsOptions | undefined;
  /** Called for each connection. Returns renewed TLS options, or undefined. */
  readonly renewed?: () => TlsOptions | undefined;
  /** Limits that override the defaults. */
  readonly limits?: Partial<Limits>;
  /** Maximum number of requests per second per client; 0: unlimited. */
  readonly maxRate: number;
  /** Name in error messages, and configuration keys of the address and the port. */
  readonly name: string;
  readonly keys: { readonly address: string; readonly port: string };
  /** Memory for requests; default: the memory shared by all listeners. */
  readonly memory?: RequestMemory;
}

export interface IntakeServer {
  /** Address, such as `http://127.0.0.1:9765`. */
  readonly url: string;
  /**
   * Number of replies by path and status. Replies to invalid requests and to requests for other paths count under the
   * path "".
   */
  readonly answers: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Number of connections closed because there were too many. */
  readonly evicted: number;
  /** Closes the listener; requests in flight get a few seconds to complete. */
  close(): Promise<void>;
}

const LIMITS: Limits = {
  headerBytes: 16_384,
  headers: 64,
  headersTime: 5000,
  requestTime: 30_000,
  idleTime: 60_000,
  connections: 256,
};

const TOO_LARGE = 413;

/** Time for requests in flight to complete at the end, in milliseconds. */
const CLOSE_TIMEOUT = 3000;

/**
 * Serves endpoints for HTTP POST.
 * @param endpoints by path
 * @param pages for GET, by path, without authentication
 * @throws Error with a message for the user if the address is in use or not local, or the certificate is invalid
 */
export async function openIntake(
  settings: IntakeSettings,
  endpoints: ReadonlyMap<string, Endpoint>,
  pages: Pages = new Map(),
): Promise<IntakeServer> {
  const { tls } = settings;
  const answers = new Map([...endpoints.keys(), ""].map((path) => [path, new Map<number, number>()]));
  const count = (status: number, path: string): void => {
    const own = answers.get(path) ?? answers.get("");
    own?.set(status, (own.get(status) ?? 0) + 1);
  };
  const rate = settings.maxRate > 0 ? limitRate(settings.maxRate) : undefined;
  const failures = settings.maxRate > 0 ? limitRate(settings.maxRate) : undefined;
  const memory = settings.memory ?? sharedMemory();

  /**
   * Rejects a request because of its credentials, rate or path, or because a web page sent it. Requests without valid
   * credentials have a separate rate limit, so that they do not use up the limit of other clients with the same
   * address.
   */
  function rejectionOf(request: IncomingMessage, endpoint: Endpoint | undefined): Reply | undefined {
    const invalid = (tls?.requestCert ? checkCertificate(request) : undefined) ?? endpoint?.check?.(request);
    const isKnown = invalid === undefined && endpoint !== undefined;
    const wait = (isKnown ? rate : failures)?.delay(request.socket.remoteAddress ?? "") ?? 0;
    if (wait > 0) return textReply(429, "Too many requests.", { "retry-after": `${wait}` });
    return invalid ?? (endpoint === undefined ? textReply(404, "Not found.") : rejectBrowserPage(request));
  }

  /** Rejects a request because of its method or its other headers. */
  function headerRejection(request: IncomingMessage, { types, maxBody }: Endpoint): Reply | undefined {
    if (request.method !== "POST") return textReply(405, "Method not allowed; use POST.", { allow: "POST" });
    if (types.length === 0) return checkBody(request, maxBody);
    const { headers } = request;
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
      return textReply(411, "Content-Length or Transfer-Encoding is required.");
    if (types.includes(mediaType(request))) return checkBody(request, maxBody);
    return textReply(415, `The content type must be ${types.join(" or ")}.`);
  }

  /**
   * Replies to a request; rejections are sent before the body is read.
   * @returns the status; undefined if the client disconnected
   */
  async function reply(request: IncomingMessage, response: ServerResponse, path: string): Promise<number | undefined> {
    const endpoint = endpoints.get(path);
    const rejection = rejectionOf(request, endpoint);
    if (rejection !== undefined || endpoint === undefined)
      return sendEarly(request, response, rejection ?? textReply(404, "Not found."));
    if (tls?.requestCert || endpoint.check !== undefined) listener.trust(request);
    const wrong = headerRejection(request, endpoint);
    if (wrong !== undefined) return sendEarly(request, response, reported(wrong, request, endpoint));
    if (request.headers.expect !== undefined) response.writeContinue();
    const read = await readBody(request, endpoint.maxBody, memory);
    if (read === undefined) return undefined;
    if ("rejection" in read) return sendEarly(request, response, reported(read.rejection, request, endpoint));
    try {
      const { body } = read;
      await sharedTurns(body.length);
      const large = memoryRejection(read, endpoint);
      const upload = { body, type: mediaType(request) };
      const answer =
        large === undefined
          ? await endpoint.handle(upload)
          : ((await inParts(large, upload, read, endpoint)) ?? reported(large, request, endpoint, body.length));
      if (answer.status === 200) listener.trust(request);
      return response.writable ? send(response, answer) : undefined;
    } finally {
      read.done();
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? "", "http://here");
    const path = url?.pathname ?? "";
    const page = request.method === "GET" || request.method === "HEAD" ? pages.get(path) : undefined;
    const status =
      page === undefined
        ? await reply(request, response, path)
        : send(response, renderPage(page, url?.searchParams ?? new URLSearchParams(), request.headers.accept));
    if (status !== undefined) count(status, path);
  }

  const { address, port, name, keys, limits, renewed } = settings;
  const listener = await listenFor(
    { address, port, tls, ...(renewed && { renewed }), limits: { ...LIMITS, ...limits }, name, keys },
    (request, response) => void respond(request, response),
    (status) => count(status, ""),
  );
  return {
    url: listener.url,
    answers,
    get evicted() {
      return listener.evicted;
    },
    close: () => listener.close(CLOSE_TIMEOUT),
  };
}

/** Handles a body in parts if its values can never fit into memory at once. */
async function inParts(large: Reply, upload: Upload, read: ReadBody, endpoint: Endpoint): Promise<Reply | undefined> {
  if (large.status !== TOO_LARGE) return undefined;
  return endpoint.handleInParts?.(upload, read.reserve);
}

/**
 * Reports a body if it is rejected for its size.
 * @param bytes size of the body, if it was read
 * @returns the reply
 */
function reported(reply: Reply, request: IncomingMessage, { tooLarge }: Endpoint, bytes?: number): Reply {
  if (reply.status !== TOO_LARGE || tooLarge === undefined) return reply;
  const { headers, socket } = request;
  const stated = headers["content-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : 0;
  tooLarge({
    peer: plainAddress(socket.remoteAddress ?? ""),
    bytes: bytes ?? (stated > 0 ? stated : undefined),
    reason: reply.body.trim(),
  });
  return reply;
}

/** Reserves memory for the text and the values of a body before it is parsed. */
function memoryRejection({ body, reserve }: ReadBody, { types, parseFactor = 1 }: Endpoint): Reply | undefined {
  return types.length === 0 ? undefined : reserve(2 * body.length + Math.ceil(parseFactor * parsedSize(body)));
}

/**
 * Rejects requests from web pages. Otherwise, these could post to endpoints on localhost through a browser on this
 * machine, including by DNS rebinding.
 */
function rejectBrowserPage({ headers }: IncomingMessage): Reply | undefined {
  const isPage = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  return isPage ? textReply(403, "Requests from web pages are not accepted.") : undefined;
}

function mediaType({ headers }: IncomingMessage): string {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase();
}
