import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { readBody } from "../http/body.ts";
import { keepConnections } from "../http/connections.ts";
import { type Method, type OpenOptions, openResponse, openUpgrade, type Upgraded } from "../http/open.ts";
import { factsOf, jsonOf } from "../json.ts";
import { secureOptions } from "../tls.ts";
import type { Credentials } from "./credentials.ts";
import { ApiError, unreachable } from "./error.ts";
import { type Path, pathText, type Query, queryText } from "./path.ts";

/** A request to an API server. */
export interface Call {
  /** Default: GET. */
  readonly method?: Method;
  readonly path: Path;
  readonly query?: Query;
  /** Body of the request, sent as JSON. */
  readonly body?: unknown;
  /** Media type of the body. Default: JSON. */
  readonly type?:
    | "application/json"
    | "application/json-patch+json"
    | "application/merge-patch+json"
    | "application/apply-patch+yaml"; // JSON is YAML
  /** Requests only metadata: `object` for an object or a watch, `list` for a list. */
  readonly metadataOnly?: "object" | "list";
  /** Maximum size of the response, in bytes. Default: 64 MiB. */
  readonly largest?: number;
  /** Disables retries after status 429. */
  readonly isFinal?: true;
  readonly signal?: AbortSignal;
}

/** Sends requests with the current credentials. */
export interface Requester {
  /**
   * Sends a request.
   * @returns a response with status 2xx
   * @throws ApiError, or Error with a message for the user
   */
  open(call: Call, signal: AbortSignal): Promise<IncomingMessage>;
  /**
   * Opens a connection and upgrades it to another protocol.
   * @throws the same errors as `open`
   */
  upgrade(call: Call, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<Upgraded>;
  /** Number of requests by response status, without upgrades; 0: no response. */
  readonly statuses: ReadonlyMap<number, number>;
  close(): void;
}

const UNAUTHORIZED = 401;
/** Initial and maximum pause after a rejected token, in milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;
/** Maximum number of bytes to read from an error response. */
const LONGEST_ERROR = 1 << 20;
const METADATA = {
  object: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json",
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json",
} as const;

/** @param keepAlive whether connections are reused */
export function openRequester(credentials: Credentials, keepAlive: boolean): Requester {
  const { server } = credentials;
  const connections = keepAlive ? keepConnections() : undefined;
  const statuses = new Map<number, number>();

  const rejections = trackRejections();

  /**
   * @throws Error with a message for the user if the credentials cannot be read; ApiError 401 while the credentials are
   *   known to be rejected
   */
  async function prepare(call: Call, signal: AbortSignal, more: OutgoingHttpHeaders = {}): Promise<[URL, OpenOptions]> {
    const { authorization, tls } = await credentials.identity();
    if (rejections.has(authorization)) throw new ApiError(UNAUTHORIZED, {});
    const url = new URL(`${server.origin}${server.pathname.replace(/\/$/, "")}${pathText(call.path)}`);
    url.search = queryText(call.query);
    const secured = url.protocol === "https:" ? secureOptions(tls) : undefined;
    const { method, body, type = "application/json", metadataOnly } = call;
    const headers = {
      accept: metadataOnly === undefined ? "application/json" : METADATA[metadataOnly],
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { "content-type": type }),
      ...more,
    };
    const opening: OpenOptions = {
      signal,
      headers,
      ...(method && { method }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(secured && { tls: secured }),
      ...(connections && { agent: connections.agent(secured) }),
    };
    return [url, opening];
  }

  function count(status: number): void {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  async function openOnce(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const prepared = await prepare(call, signal);
    const response = await openResponse(...prepared).catch((error: unknown) => {
      count(0);
      throw unreachable(error);
    });
    const status = response.statusCode ?? 0;
    count(status);
    if (status !== UNAUTHORIZED) rejections.clear();
    if (status >= 200 && status < 300) return response;
    throw await errorOf(response);
  }

  async function open(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const before = (await credentials.identity()).authorization;
    try {
      return await openOnce(call, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== UNAUTHORIZED || rejections.has(before)) throw error;
      credentials.forget(); // the credentials may have been renewed
      const { authorization } = await credentials.identity();
      if (authorization !== undefined && authorization === before) {
        rejections.add(authorization);
        throw error;
      }
      return openOnce(call, signal);
    }
  }

  return {
    statuses,
    open,
    async upgrade(call, headers, signal) {
      const prepared = await prepare(call, signal, headers);
      const opened = await openUpgrade(...prepared).catch((error: unknown) => {
        throw unreachable(error);
      });
      if ("head" in opened) return opened;
      if (opened.statusCode === UNAUTHORIZED) credentials.forget();
      throw await errorOf(opened);
    },
    close: () => connections?.close(),
  };
}

/**
 * Tracks a token that the server rejected. Requests with it fail locally for a while, with backoff, because each
 * request would create an audit event. A renewed token is used immediately.
 */
function trackRejections() {
  let rejected: string | undefined;
  let until = 0;
  let pause = FIRST_PAUSE;
  const has = (authorization: string | undefined): boolean =>
    authorization !== undefined && authorization === rejected && performance.now() < until;
  return {
    has,
    add(authorization: string): void {
      if (has(authorization)) return; // added by a concurrent request
      pause = authorization === rejected ? Math.min(2 * pause, LONGEST_PAUSE) : FIRST_PAUSE;
      rejected = authorization;
      until = performance.now() + pause;
    },
    clear(): void {
      rejected = undefined;
    },
  };
}

async function errorOf(response: IncomingMessage): Promise<ApiError> {
  const body = await readBody(response, LONGEST_ERROR, "partial");
  const { "retry-after": after } = response.headers;
  const seconds = after !== undefined && /^\d{1,6}$/.test(after) ? Number(after) : undefined;
  return new ApiError(response.statusCode ?? 0, factsOf(jsonOf(body.toString("utf8"))), seconds);
}
