import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";
import { excerpt } from "./address.ts";
import { secureContext, type TlsFiles } from "./tls.ts";
import { nameOf, Trouble } from "./trouble.ts";

/** What a server is asked. */
export interface Asking {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  readonly tls: TlsFiles;
}

export interface Answer {
  /** Where it is from, for sentences. */
  readonly host: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Bytes of an answer that are read. */
const LONGEST = 1 << 20;

/**
 * Asks a web server, exactly the one that is named: without proxies, and without following where it points. Nothing is sent
 * twice: who asks knows whether that may be.
 * @throws Trouble, which says neither the address's path nor what was sent
 */
export async function ask(url: URL, { method, headers = {}, body, signal, tls }: Asking): Promise<Answer> {
  const { host } = url;
  const options: RequestOptions = {
    method,
    headers: { "user-agent": "eyas", accept: "application/json", ...headers, ...lengthOf(method, body) },
    signal,
    // A connection that was kept may be closed just when it is used, and then nobody knows whether the request arrived.
    agent: false,
  };
  try {
    const response = await responseTo(() => opened(url, options, tls), body);
    const { statusCode: status = 0, headers: told } = response;
    return { host, status, headers: told, body: await textOf(response, signal) };
  } catch (error) {
    if (error instanceof Trouble) throw error;
    if (signal.aborted) throw new Trouble(late(host, method, signal));
    const code = codeOf(error);
    const words = brokenOff.has(code) ? `${host} closed the connection${unknown(method)}` : undefined;
    throw new Trouble(words ?? `${host} can't be reached: ${wordsOf(code)}`);
  }
}

function opened(url: URL, options: RequestOptions, tls: TlsFiles): ClientRequest {
  if (url.protocol !== "https:") return plain(url, options);
  const secured = { ...options, secureContext: secureContext(tls), rejectUnauthorized: tls.check };
  return secure(url, secured);
}

/** Whoever gets a POST without a length may wait for its body. */
function lengthOf(method: string, body: string | Uint8Array | undefined): Record<string, string> {
  if (body !== undefined) return { "content-length": String(Buffer.byteLength(body)) };
  return method === "POST" || method === "PUT" ? { "content-length": "0" } : {};
}

function responseTo(make: () => ClientRequest, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = make();
    request.on("error", reject); // stays: a connection may fail after the answer began, too
    request.once("response", resolve);
    request.end(body);
  });
}

/** What an answer says, or the beginning of it: what became of the request is in its status already. */
async function textOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      const bytes = Buffer.from(piece);
      size += bytes.length;
      pieces.push(bytes);
      if (size > LONGEST) break; // which ends the connection
    }
  } catch (error) {
    if (signal.aborted) throw error;
  }
  return Buffer.concat(pieces).subarray(0, LONGEST).toString("utf8");
}

function late(host: string, method: string, { reason }: AbortSignal): string {
  const why = nameOf(reason) === "TimeoutError" ? `${host} did not answer in time` : `stopped before ${host} answered`;
  return `${why}${unknown(method)}`;
}

function unknown(method: string): string {
  return method === "GET" ? "" : "; whether it was done is not known";
}

/** The connection was there: the request may have arrived. */
const brokenOff: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "HPE_INVALID_CONSTANT",
  "HPE_INVALID_EOF_STATE",
]);

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no such name",
  EAI_AGAIN: "its name can't be looked up",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself; `ca_cert` can name it",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate's authority is not known; `ca_cert` can name it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate's authority is not known; `ca_cert` can name it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate's authority is not known; `ca_cert` can name it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  ERR_INVALID_CHAR: "a header holds what headers can't hold",
};

/** Node's own messages may repeat what was sent; its codes don't. */
function codeOf(error: unknown): string {
  return nameOf(error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error);
}

function wordsOf(code: string): string {
  return Object.hasOwn(words, code) ? words[code] : code;
}

export function isGood({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** What a server answered, in a sentence; stars stand for secrets. */
export function saidBy({ host, status, body }: Answer, secrets: readonly string[] = []): string {
  const words = excerpt(withoutSecrets(body, secrets));
  const begin = `${host} answered ${status}${status >= 300 && status < 400 ? " (redirects are not followed)" : ""}`;
  return words === "" ? begin : `${begin}: ${words}`;
}

/** Shorter ones are no secrets, and stars in their place would spoil any sentence. */
const SHORTEST_SECRET = 4;

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let left = text;
  for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) left = left.replaceAll(secret, "***");
  return left;
}

/** What an answer says as JSON; undefined where it is none. */
export function jsonOf({ body }: Answer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What is under a chain of keys of a JSON value; undefined where there is no such thing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** The same, where it is text; "" otherwise. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : "";
}
