import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { type BodyBudget, checkBody, readBody } from "./body.ts";
import { type Check, checkCertificate } from "./credentials.ts";
import { type Limits, listenFor, type Reply, send, sendEarly, textReply } from "./listener.ts";
import { limitRate } from "./rate.ts";
import { type Pages, renderPage } from "./server.ts";

/** What came to a door. */
export interface Upload {
  readonly body: Buffer;
  /** The body's media type without parameters, in lower case. */
  readonly type: string;
}

/** What is done with what is posted to a path. */
export interface Endpoint {
  /** Answers when its sender may forget it. Throws nothing. */
  handle(arrival: Upload): Reply | Promise<Reply>;
  /** Media types that it takes; none: there need be no body. */
  readonly types: readonly string[];
  /** Bytes of a body, compressed and inflated. */
  readonly maxBody: number;
  /** Refuses those who don't show what they should, beside certificates. */
  readonly check: Check | undefined;
}

/** Where doors are. */
export interface IntakeSettings {
  readonly address: string;
  readonly port: number;
  /** Makes it HTTPS. Where it asks for certificates, nobody without the right one gets through a door. */
  readonly tls: TlsOptions | undefined;
  /** Asked before connections are made: what of that is to be used from now on, where it is something else. */
  readonly renewed?: () => TlsOptions | undefined;
  /** What is to be otherwise than usual. */
  readonly limits?: Partial<Limits>;
  /** Requests a second of each client; 0: without limit. */
  readonly maxRate: number;
  /** How errors call it, and the keys of the configuration that say where it listens. */
  readonly name: string;
  readonly keys: { readonly address: string; readonly port: string };
}

export interface IntakeServer {
  /** Where it is to be found: `http://127.0.0.1:9765`. */
  readonly url: string;
  /** Answers so far, by status; what was no request counts under the path "". */
  readonly answers: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Lets what is on its way come to its end, for a few seconds. */
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

/** How many bodies of the largest kind are in memory at once. */
const MAX_BODIES = 8;
/** Milliseconds for what is on its way at the end. */
const CLOSE_TIMEOUT = 3000;

/**
 * Opens doors for those who post.
 * @param doors by path
 * @param pages for GET, by path; nobody has to show anything for them
 * @throws Error with one sentence: the address is taken or not this machine's, or the certificate can't be used
 */
export async function openIntake(
  settings: IntakeSettings,
  doors: ReadonlyMap<string, Endpoint>,
  pages: Pages = new Map(),
): Promise<IntakeServer> {
  const { tls } = settings;
  const answers = new Map([...doors.keys(), ""].map((path) => [path, new Map<number, number>()]));
  const count = (status: number, path: string): void => {
    const own = answers.get(path) ?? answers.get("");
    own?.set(status, (own.get(status) ?? 0) + 1);
  };
  const rate = settings.maxRate > 0 ? limitRate(settings.maxRate) : undefined;
  const room: BodyBudget = {
    limit: MAX_BODIES * Math.max(0, ...[...doors.values()].map(({ maxBody }) => maxBody)),
    used: 0,
  };

  /** What keeps a request from being read, as far as its head says. */
  function rejectionOf(request: IncomingMessage, { types, check, maxBody }: Endpoint): Reply | undefined {
    const rejection =
      (tls?.requestCert ? checkCertificate(request) : undefined) ?? check?.(request) ?? rejectBrowserPage(request);
    if (rejection !== undefined) return rejection;
    if (request.method !== "POST") return textReply(405, "Only POST is answered here.", { allow: "POST" });
    if (types.length === 0) return checkBody(request, maxBody);
    const { headers } = request;
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined)
      return textReply(411, "There is no body, and no word of its length.");
    if (types.includes(mediaType(request))) return checkBody(request, maxBody);
    return textReply(415, `The content type has to be ${types.join(" or ")}.`);
  }

  /** @returns the answer, where there is somebody to answer; early ones are given before the body has come */
  async function reply(request: IncomingMessage, response: ServerResponse, path: string): Promise<number | undefined> {
    const wait = rate?.delay(request.socket.remoteAddress ?? "") ?? 0;
    if (wait > 0)
      return sendEarly(
        request,
        response,
        textReply(429, "So many requests are too many.", { "retry-after": `${wait}` }),
      );
    const door = doors.get(path);
    if (door === undefined) return sendEarly(request, response, textReply(404, "There is no door here."));
    const rejection = rejectionOf(request, door);
    if (rejection !== undefined) return sendEarly(request, response, rejection);
    if (request.headers.expect !== undefined) response.writeContinue();
    const read = await readBody(request, door.maxBody, room);
    if (read === undefined) return undefined;
    if ("rejection" in read) return sendEarly(request, response, read.rejection);
    try {
      const answer = await door.handle({ body: read.body, type: mediaType(request) });
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
 * Browsers say so when a page posts something. Whoever gets somebody on this machine to look at a page could otherwise post
 * to doors that only this machine reaches, where need be under a name that he has made to point here.
 */
function rejectBrowserPage({ headers }: IncomingMessage): Reply | undefined {
  const isPage = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  return isPage ? textReply(403, "Nothing is taken from pages in browsers.") : undefined;
}

function mediaType({ headers }: IncomingMessage): string {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase();
}
