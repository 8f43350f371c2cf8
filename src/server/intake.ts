import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { type BodyBudget, checkBody, readBody } from "./body.ts";
import { type Check, checkCertificate } from "./credentials.ts";
import { type Limits, listenFor, type Reply, send, sendEarly, textReply } from "./listener.ts";
import { limitRate } from "./rate.ts";
import { type Pages, renderPage } from "./server.ts";

/** A posted body. */
export interface Upload {
  readonly body: Buffer;
  /** The body's media type without parameters, in lower case. */
  readonly type: string;
}

/** Handles bodies that are posted to a path. */
export interface Endpoint {
  /** Replies once the sender may discard the body. Never throws. */
  handle(arrival: Upload): Reply | Promise<Reply>;
  /** Accepted media types; none: no body is required. */
  readonly types: readonly string[];
  /** Bytes of a body, both compressed and inflated. */
  readonly maxBody: number;
  /** Rejects requests without valid credentials; certificates are checked before. */
  readonly check: Check | undefined;
}

/** Where and how the endpoints are served. */
export interface IntakeSettings {
  readonly address: string;
  readonly port: number;
  /** Makes it HTTPS. With `requestCert` each endpoint requires a valid client certificate. */
  readonly tls: TlsOptions | undefined;
  /** Called at each connection: renewed TLS options, or undefined. */
  readonly renewed?: () => TlsOptions | undefined;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Requests per second and client; 0: unlimited. */
  readonly maxRate: number;
  /** Its name in errors, and the configuration keys of its address. */
  readonly name: string;
  readonly keys: { readonly address: string; readonly port: string };
}

export interface IntakeServer {
  /** Such as `http://127.0.0.1:9765`. */
  readonly url: string;
  /** Replies so far, by path and status; invalid requests under the path "". */
  readonly answers: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Closes; requests in flight get a few seconds to end. */
  close(): Promise<void>;
}

const LIMITS: Limits = {
  headerBytes: 16_384,
  headers: 64,
  headersTime: 10_000,
  requestTime: 30_000,
  idleTime: 60_000,
  connections: 256,
};

/** Bodies of the largest size that fit in memory at once. */
const MAX_BODIES = 8;
/** Milliseconds for requests in flight at the end. */
const CLOSE_TIMEOUT = 3000;

/**
 * Serves endpoints for senders that post.
 * @param endpoints by path
 * @param pages for GET, by path; they require no credentials
 * @throws Error with one sentence: the address is taken or not this machine's, or the certificate can't be used
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
  const room: BodyBudget = {
    limit: MAX_BODIES * Math.max(0, ...[...endpoints.values()].map(({ maxBody }) => maxBody)),
    used: 0,
  };

  /** The reply that rejects a request by its headers. */
  function rejectionOf(request: IncomingMessage, { types, check, maxBody }: Endpoint): Reply | undefined {
    const rejection =
      (tls?.requestCert ? checkCertificate(request) : undefined) ?? check?.(request) ?? rejectBrowserPage(request);
    if (rejection !== undefined) return rejection;
    if (request.method !== "POST") return textReply(405, "Method not allowed; use POST.", { allow: "POST" });
    if (types.length === 0) return checkBody(request, maxBody);
    const { headers } = request;
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
      return textReply(411, "A body with a length is required.");
    if (types.includes(mediaType(request))) return checkBody(request, maxBody);
    return textReply(415, `The content type has to be ${types.join(" or ")}.`);
  }

  /** @returns the status; undefined where the sender is gone. A rejection is sent before the body was read. */
  async function reply(request: IncomingMessage, response: ServerResponse, path: string): Promise<number | undefined> {
    const wait = rate?.delay(request.socket.remoteAddress ?? "") ?? 0;
    if (wait > 0)
      return sendEarly(request, response, textReply(429, "Too many requests.", { "retry-after": `${wait}` }));
    const endpoint = endpoints.get(path);
    if (endpoint === undefined) return sendEarly(request, response, textReply(404, "Not found."));
    const rejection = rejectionOf(request, endpoint);
    if (rejection !== undefined) return sendEarly(request, response, rejection);
    if (request.headers.expect !== undefined) response.writeContinue();
    const read = await readBody(request, endpoint.maxBody, room);
    if (read === undefined) return undefined;
    if ("rejection" in read) return sendEarly(request, response, read.rejection);
    try {
      const answer = await endpoint.handle({ body: read.body, type: mediaType(request) });
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
  const { url, close } = await listenFor(
    { address, port, tls, ...(renewed && { renewed }), limits: { ...LIMITS, ...limits }, name, keys },
    (request, response) => void respond(request, response),
    (status) => count(status, ""),
  );
  return { url, answers, close: () => close(CLOSE_TIMEOUT) };
}

/**
 * Rejects requests that a web page sends: a malicious page in a browser on this machine could otherwise post to endpoints that
 * listen on localhost, also through DNS rebinding.
 */
function rejectBrowserPage({ headers }: IncomingMessage): Reply | undefined {
  const isPage = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  return isPage ? textReply(403, "Requests of web pages are not accepted.") : undefined;
}

function mediaType({ headers }: IncomingMessage): string {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase();
}
