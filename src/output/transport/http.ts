import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { readBody } from "../../transport/http/body.ts";
import { keepConnections } from "../../transport/http/connections.ts";
import { openResponse } from "../../transport/http/open.ts";
import { withoutSecrets } from "../../transport/text.ts";
import { type SecureOptions, secureOptions, systemTls, type TlsFiles } from "../../transport/tls.ts";
import { codeOf, type Delivery, reasonOf } from "../output.ts";
import { deliveryOf, type HttpAnswer, waitOf } from "./http-answer.ts";

export interface HttpSettings {
  /** Maximum time from the request to the end of the response, in milliseconds. */
  readonly timeout: number;
  readonly keepAlive: boolean;
  readonly gzip: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
  /** Strings to remove from error messages: keys, passwords. */
  readonly secrets: readonly string[];
}

const defaults: HttpSettings = {
  timeout: 10_000,
  keepAlive: true,
  gzip: false,
  headers: {},
  tls: systemTls,
  secrets: [],
};

export interface HttpRequest {
  readonly url: URL;
  /** Default: POST. */
  readonly method?: "DELETE" | "GET" | "POST" | "PUT";
  readonly type?: string;
  readonly body?: string;
}

/** An HTTP client, by default with persistent connections. */
export interface Http {
  /** Sends a request. Never throws. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Converts a response to the outcome of a delivery. */
  classify(answer: HttpAnswer): Delivery;
  /** Closes all connections. The next request reloads the certificates. */
  reopen(): void;
}

const compress = promisify(gzip);
/** Maximum number of bytes to read from a response. */
const MOST_BODY = 8 << 20;
/** Interval at which certificates are read again, because they may have been renewed, in milliseconds. */
const CERTIFICATES_INTERVAL = 60_000;
const JSON_TYPE = "application/json; charset=utf-8";

export function openHttp(given: Partial<HttpSettings> = {}): Http {
  const settings = { ...defaults, ...given };
  const { timeout } = settings;
  const connections = settings.keepAlive ? keepConnections() : undefined;
  let secure: { readonly options: SecureOptions; readonly readAt: number } | undefined;

  /** Returns the same object as long as the files have the same content, so that connections are reused. */
  function certificates(): SecureOptions {
    const now = performance.now();
    if (secure === undefined || now - secure.readAt >= CERTIFICATES_INTERVAL)
      secure = { options: secureOptions(settings.tls), readAt: now };
    return secure.options;
  }

  /** @throws TransportError, or an error of Node */
  async function request({ url, method = "POST", type = JSON_TYPE, body }: HttpRequest, signal: AbortSignal) {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const packed = settings.gzip && bytes !== undefined ? await compress(bytes) : bytes;
    const tls = url.protocol === "https:" ? certificates() : undefined;
    const response = await openResponse(url, {
      method,
      signal,
      resend: true,
      headers: {
        "User-Agent": "eyas",
        ...settings.headers,
        ...(packed && { "Content-Type": type }),
        ...(packed !== bytes && { "Content-Encoding": "gzip" }),
      },
      ...(packed && { body: packed }),
      ...(tls && { tls }),
      ...(connections && { agent: connections.agent(tls) }),
    });
    const answer = await readBody(response, MOST_BODY, "cut");
    return {
      status: response.statusCode ?? 0,
      body: answer.toString("utf8"),
      wait: waitOf(response.headers["retry-after"]),
    };
  }

  return {
    async send(sent) {
      const signal = AbortSignal.timeout(timeout);
      try {
        return await request(sent, signal);
      } catch (error) {
        secure = undefined; // the cause may be an expired certificate
        const { host } = sent.url;
        if (signal.aborted)
          return { status: undefined, reason: `no response from ${host} within ${timeout / 1000} s`, timedOut: true };
        // Node's message may repeat the invalid header.
        const isInvalid = codeOf(error).startsWith("ERR_INVALID");
        const reason = isInvalid ? `the request is not valid (${codeOf(error)})` : withHost(error, host);
        return { status: undefined, reason: withoutSecrets(reason, settings.secrets), timedOut: false };
      }
    },
    classify: (answer) => deliveryOf(answer, settings.secrets),
    reopen() {
      connections?.close();
      secure = undefined;
    },
  };
}

/** The reason, preceded by the host. For a host with several addresses, the reason for the first address. */
function withHost(error: unknown, host: string): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const reason = reasonOf(first);
  return reason.includes(host) ? reason : `${host}: ${reason}`;
}
