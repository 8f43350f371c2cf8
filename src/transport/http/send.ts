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
  /** Ends the request; an `AbortSignal.timeout` is its deadline. */
  readonly signal: AbortSignal;
  /** For https; absent: the system's authorities, no certificate of our own. */
  readonly tls?: TlsFiles | TlsMaterial;
  /** Bytes of the body that are read; 1 MiB where absent. */
  readonly limit?: number;
  /** Default: `partial`, since the status already says what became of the request. */
  readonly mode?: BodyMode;
  /** The server in error sentences; absent: host and port. */
  readonly named?: string;
}

export interface HttpResponse {
  /** Where it is from, for sentences. */
  readonly host: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The same as UTF-8 text. */
  readonly body: string;
}

const LIMIT = 1 << 20;

/**
 * Sends a request once, to exactly the server that is named: no proxy, no redirect, no retry.
 * @throws TransportError, whose sentence holds neither the path nor anything that was sent
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
  const unknown = method === "GET" ? "" : "; whether it was done is not known";
  if (aborted) {
    const isLate = codeOf(reason) === "TimeoutError";
    return `${isLate ? `${named} did not answer in time` : `stopped before ${named} answered`}${unknown}`;
  }
  const code = codeOf(error);
  if (brokenOff.has(code)) return `${named} closed the connection${unknown}`;
  return `${named} can't be reached: ${words.get(code) ?? code}`;
}

/** The connection was there: the request may have arrived. */
const brokenOff: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "HPE_INVALID_CONSTANT",
  "HPE_INVALID_EOF_STATE",
]);

const UNKNOWN_AUTHORITY = "its certificate's authority is not known; `ca_cert` can name it";

const words: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nobody listens there"],
  ["ENOTFOUND", "there is no such name"],
  ["EAI_AGAIN", "its name can't be looked up"],
  ["ETIMEDOUT", "it does not answer"],
  ["EHOSTUNREACH", "there is no way to it"],
  ["ENETUNREACH", "there is no way to it"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is signed by itself; `ca_cert` can name it"],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_AUTHORITY],
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
  ["ERR_INVALID_CHAR", "a header holds what headers can't hold"],
]);

export function isSuccess({ status }: Pick<HttpResponse, "status">): boolean {
  return status >= 200 && status < 300;
}

/** A response in a sentence; stars stand for secrets. */
export function describeResponse({ host, status, body }: HttpResponse, secrets: readonly string[] = []): string {
  const said = excerpt(withoutSecrets(body, secrets));
  const begin = `${host} answered ${status}${status >= 300 && status < 400 ? " (redirects are not followed)" : ""}`;
  return said === "" ? begin : `${begin}: ${said}`;
}
