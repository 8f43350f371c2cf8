import type { IncomingHttpHeaders } from "node:http";
import { excerpt, withoutSecrets } from "../text.ts";
import { secureOptions, systemTls, type TlsFiles, type TlsMaterial } from "../tls.ts";
import { type BodyMode, readBody } from "./body.ts";
import { codeOf, TransportError } from "./error.ts";
import { type Method, openResponse } from "./open.ts";

export interface HttpRequest {
  /** Default: GET. */
  readonly method?: Method;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Cancels the request. Use `AbortSignal.timeout` for a deadline. */
  readonly signal: AbortSignal;
  /** TLS files for https. Default: the CAs of the system and no client certificate. */
  readonly tls?: TlsFiles | TlsMaterial;
  /** Maximum number of bytes to read from the body. Default: 1 MiB. */
  readonly limit?: number;
  /** Default: `partial`, since the status already determines the outcome. */
  readonly mode?: BodyMode;
  /** Server name for errors. Default: host and port. */
  readonly named?: string;
}

export interface HttpResponse {
  /** Host that sent the response. */
  readonly host: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The body as UTF-8 text. */
  readonly body: string;
}

const LIMIT = 1 << 20;

/**
 * Sends a request once to the server of the URL: no proxy, no redirect, no retry.
 * @throws TransportError, whose message contains neither the path nor sent data
 */
export async function sendRequest(url: URL, request: HttpRequest): Promise<HttpResponse> {
  const { method = "GET", headers, body, signal, limit = LIMIT, mode = "partial" } = request;
  const { host } = url;
  const named = request.named ?? host;
  try {
    const response = await openResponse(url, {
      method,
      headers: { accept: "application/json", ...headers },
      signal,
      ...(body !== undefined && { body }),
      ...(url.protocol === "https:" && { tls: secureOptions(request.tls ?? systemTls) }),
    });
    const bytes = await readBody(response, limit, mode);
    signal.throwIfAborted();
    return {
      host,
      status: response.statusCode ?? 0,
      headers: response.headers,
      bytes,
      get body() {
        return bytes.toString("utf8");
      },
    };
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError(sentenceFor(error, named, method, signal), codeOf(error));
  }
}

function sentenceFor(error: unknown, named: string, method: Method, { aborted, reason }: AbortSignal): string {
  const unknown = method === "GET" ? "" : "; the request may have taken effect";
  if (aborted) {
    const isLate = codeOf(reason) === "TimeoutError";
    return `${isLate ? `${named} did not respond in time` : `cancelled before ${named} responded`}${unknown}`;
  }
  const code = codeOf(error);
  if (disconnects.has(code)) return `${named} closed the connection${unknown}`;
  return `cannot connect to ${named}: ${causes.get(code) ?? code}`;
}

/** Error codes of connections that were established. The request may have arrived. */
const disconnects: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "HPE_INVALID_CONSTANT",
  "HPE_INVALID_EOF_STATE",
]);

const UNKNOWN_AUTHORITY = "the authority of its certificate is unknown; set `ca_cert` to trust it";

const causes: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ENOTFOUND", "no such host"],
  ["EAI_AGAIN", "name resolution failed"],
  ["ETIMEDOUT", "connection timed out"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network is unreachable"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is self-signed; set `ca_cert` to trust it"],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_AUTHORITY],
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another host"],
  ["ERR_INVALID_CHAR", "a header contains an invalid character"],
]);

export function isSuccess({ status }: Pick<HttpResponse, "status">): boolean {
  return status >= 200 && status < 300;
}

/** Describes a response in a sentence. Asterisks replace secrets. */
export function describeResponse({ host, status, body }: HttpResponse, secrets: readonly string[] = []): string {
  const words = excerpt(withoutSecrets(body, secrets));
  const begin = `${host} responded with status ${status}${status >= 300 && status < 400 ? " (redirects are not followed)" : ""}`;
  return words === "" ? begin : `${begin}: ${words}`;
}
