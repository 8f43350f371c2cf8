import { TransportError } from "../../transport/http/error.ts";
import { sendRequest } from "../../transport/http/send.ts";
import { systemTls } from "../../transport/tls.ts";

/** Maximum size of a response, in bytes. The keys of a large provider take about 20 kB. */
const MAX_RESPONSE = 256 * 1024;
/** Timeout of a request, in milliseconds. */
const TIMEOUT = 10_000;

/** The parts of a request that `oauth4webapi` passes to its `fetch`. */
export interface FetchOptions {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Whether the host of a URL is a loopback address. */
export function isLoopbackUrl({ hostname }: URL): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(hostname);
}

/** Whether a URL is encrypted; `isLocal` also allows HTTP to loopback addresses. */
export function isSecureUrl(address: unknown, isLocal: boolean): boolean {
  const url = typeof address === "string" ? URL.parse(address) : null;
  return url?.protocol === "https:" || (url?.protocol === "http:" && isLocal && isLoopbackUrl(url));
}

/**
 * Returns a `fetch` for requests to a provider: HTTPS only, with limits for time and size, and without redirects.
 * @param isLocal also allow HTTP to loopback addresses
 * @param authority path of a PEM file with CA certificates; if empty, the system's CA certificates are used
 */
export function boundedFetch(
  isLocal: boolean,
  authority: string,
): (address: string, options: FetchOptions) => Promise<Response> {
  return async (address, { method, headers, body }) => {
    if (!isSecureUrl(address, isLocal)) throw new TransportError("the provider returned a URL without HTTPS");
    const response = await sendRequest(new URL(address), {
      ...{ method, headers, mode: "whole", limit: MAX_RESPONSE, tls: { ...systemTls, authority } },
      ...(body instanceof URLSearchParams && { body: body.toString() }),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const { status, bytes } = response;
    const type = response.headers["content-type"];
    const hasBody = status >= 200 && status !== 204 && status !== 205 && status !== 304;
    return new Response(hasBody ? new Uint8Array(bytes) : null, {
      status,
      ...(type !== undefined && { headers: { "content-type": type } }),
    });
  };
}
