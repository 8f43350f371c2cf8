import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Limits, listenFor, type Reply, send, textReply } from "./listener.ts";

/** A page and its status. */
export interface Page {
  /** Status code; default: 200. */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** Pages by path, rendered for each request from its query and `accept` header. */
export type Pages = ReadonlyMap<string, (query: URLSearchParams, accept: string | undefined) => Page>;

export interface ServerSettings {
  readonly listen_port: number;
  readonly listen_address: string;
  readonly ssl_enabled: boolean;
  /** Path of a PEM file with the certificate and its key. */
  readonly ssl_certificate: string;
}

export interface WebServer {
  /** Address, such as `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Number of responses by status. */
  readonly answers: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/** Limits sufficient for scrapers and health checks. */
const LIMITS: Limits = {
  headerBytes: 8192,
  headers: 64,
  headersTime: 5000,
  requestTime: 5000,
  idleTime: 15_000,
  connections: 64,
};

/**
 * Serves pages for GET and HEAD.
 * @throws Error with a message for the user if the address is in use or not local, or the certificate is invalid
 */
export async function openServer(settings: ServerSettings, pages: Pages): Promise<WebServer> {
  const answers = new Map<number, number>();
  const count = (status: number): void => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
  };
  const { url, close } = await listenFor(
    {
      address: settings.listen_address,
      port: settings.listen_port,
      tls: settings.ssl_enabled ? certificate(settings.ssl_certificate) : undefined,
      limits: LIMITS,
      name: "The web server",
      keys: { address: "webserver.listen_address", port: "webserver.listen_port" },
    },
    (request, response) => count(respond(request, response, pages)),
    count,
  );
  return { url, answers, close: () => close(0) };
}

function certificate(file: string): { key: string; cert: string } {
  try {
    const pem = readFileSync(file, "utf8");
    return { key: pem, cert: pem };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the certificate of the web server (webserver.ssl_certificate): ${reason}.`);
  }
}

/** @returns the status */
function respond(request: IncomingMessage, response: ServerResponse, pages: Pages): number {
  request.resume(); // discards any body
  if (request.method !== "GET" && request.method !== "HEAD")
    return send(response, textReply(405, "Method not allowed; use GET or HEAD.", { allow: "GET, HEAD" }));
  const url = URL.parse(request.url ?? "", "http://here");
  if (url === null) return send(response, textReply(400, "The request target is not valid."));
  const page = pages.get(url.pathname);
  if (page === undefined) return send(response, textReply(404, `Not found. Pages: ${[...pages.keys()].join(", ")}.`));
  return send(response, renderPage(page, url.searchParams, request.headers.accept));
}

/** Renders a page, or an error page if that fails. */
export function renderPage(
  page: (query: URLSearchParams, accept: string | undefined) => Page,
  query: URLSearchParams,
  accept: string | undefined,
): Reply {
  try {
    return { status: 200, ...page(query, accept) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return textReply(500, `Cannot render the page: ${reason}.`);
  }
}
