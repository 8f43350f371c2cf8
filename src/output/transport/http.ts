import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { codeOf, type Delivery, delivered, reasonOf } from "../output.ts";
import { readTls, systemTls, type TlsSettings } from "./tls.ts";

export interface HttpSettings {
  /** Milliseconds from the request to the end of the answer. */
  readonly timeout: number;
  readonly keepAlive: boolean;
  readonly gzip: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** Texts that no reason may repeat, whoever says them: keys, passwords. */
  readonly secrets: readonly string[];
}

export const defaultHttp: HttpSettings = {
  timeout: 10_000,
  keepAlive: true,
  gzip: false,
  headers: {},
  tls: systemTls,
  secrets: [],
};

export interface HttpRequest {
  readonly url: URL;
  readonly method?: "DELETE" | "GET" | "POST" | "PUT";
  readonly type?: string;
  readonly body?: string;
}

/** What came back: an answer, or the reason why there is none. */
export type HttpAnswer =
  | { readonly status: number; readonly body: string; readonly wait: number | undefined }
  | { readonly status: undefined; readonly reason: string; readonly timedOut: boolean };

/** Sends requests, each exactly to the address it names: redirects are answers like others. */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** What an answer means for what was sent. */
  judge(answer: HttpAnswer): Delivery;
  /** Reads certificates anew and opens connections anew. */
  reopen(): void;
}

const compress = promisify(gzip);
/** Of an answer no more is read. */
const MOST_BODY = 8 << 20;
/** Characters of an answer's body that a reason repeats. */
const REASON_LENGTH = 300;
/** No receiver may silence an output for longer, in milliseconds. */
const LONGEST_WAIT = 3_600_000;
const JSON_TYPE = "application/json; charset=utf-8";

export function openHttp(given: Partial<HttpSettings> = {}): Http {
  const settings = { ...defaultHttp, ...given };
  const { timeout, keepAlive } = settings;
  let plain: PlainAgent | undefined;
  let tls: TlsAgent | undefined;

  function agentFor({ protocol }: URL): PlainAgent {
    if (protocol === "https:") {
      tls ??= new TlsAgent({ keepAlive, ...readTls(settings.tls) });
      return tls;
    }
    plain ??= new PlainAgent({ keepAlive });
    return plain;
  }

  const hide = (text: string): string => withoutSecrets(text, settings.secrets);

  async function send({ url, method = "POST", type = JSON_TYPE, body }: HttpRequest): Promise<HttpAnswer> {
    const signal = AbortSignal.timeout(timeout);
    try {
      const bytes = body === undefined ? undefined : Buffer.from(body);
      const packed = settings.gzip && bytes !== undefined ? await compress(bytes) : bytes;
      const options = {
        method,
        agent: agentFor(url),
        signal,
        headers: {
          "User-Agent": "eyas",
          ...settings.headers,
          ...(packed && { "Content-Type": type, "Content-Length": packed.length }),
          ...(packed !== bytes && { "Content-Encoding": "gzip" }),
        },
      };
      const response = await responseTo(
        () => (url.protocol === "https:" ? tlsRequest(url, options) : plainRequest(url, options)),
        packed,
      );
      return {
        status: response.statusCode ?? 0,
        body: await textOf(response),
        wait: waitOf(response.headers["retry-after"]),
      };
    } catch (error) {
      if (signal.aborted)
        return {
          status: undefined,
          reason: `no answer from ${url.host} within ${timeout / 1000} s`,
          timedOut: true,
        };
      // What Node says of an unusable header may repeat it.
      const unusable = codeOf(error).startsWith("ERR_INVALID");
      const reason = unusable ? `the request can't be made (${codeOf(error)})` : words(error, url.host);
      return { status: undefined, reason: hide(reason), timedOut: false };
    }
  }

  return {
    send,
    judge(answer) {
      if (answer.status === undefined) return { outcome: "retry", reason: answer.reason };
      const { status, body, wait } = answer;
      if (status >= 200 && status < 300) return delivered;
      const reason = `the answer is ${status}${excerpt(hide(body))}`;
      const meaning = meaningOf(status);
      if (meaning === "refused") return { outcome: "refused", reason };
      const about = status >= 300 && status < 400 ? " (redirects are not followed)" : "";
      return {
        outcome: "retry",
        reason: reason + about,
        ...(wait !== undefined && { wait }),
        ...(meaning !== "passing" && { mend: true }),
        ...(meaning === "doubtful" && { doubtful: true }),
      };
    },
    reopen() {
      plain?.destroy();
      tls?.destroy();
      plain = undefined;
      tls = undefined;
    },
  };
}

/**
 * What an answer that is no success means for what was sent; the same for all receivers over HTTP.
 * `passing`: trouble on the other side that ends by itself.
 * `mendable`: it has to do with us, the address or the receiver, and lasts until an administrator mends it.
 * `doubtful`: the same, or a filter before the receiver that objects to what is sent.
 * `refused`: what was sent will never be taken.
 */
export type Meaning = "passing" | "mendable" | "doubtful" | "refused";

/** Statuses below 500; what is not here is mendable. Meanings of statuses are those of RFC 9110, 6585, 8470. */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  [400, "refused"],
  [403, "doubtful"], // no right; or a web application firewall
  [404, "doubtful"],
  [405, "doubtful"],
  [406, "doubtful"],
  [408, "passing"],
  [409, "refused"],
  [413, "refused"],
  [415, "doubtful"],
  [422, "refused"],
  [425, "passing"],
  [429, "passing"],
]);

export function meaningOf(status: number): Meaning {
  return status >= 500 ? "passing" : (meanings.get(status) ?? "mendable");
}

/** A connection that was kept may have been closed by the other side at the same moment: then a fresh one is tried at once. */
async function responseTo(make: () => ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  for (;;) {
    const request = make();
    try {
      return await responseOf(request, body);
    } catch (error) {
      if (!request.reusedSocket || !closed.has(codeOf(error))) throw error;
    }
  }
}

const closed: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

function responseOf(request: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("error", reject); // stays: a connection may fail after the answer began, too
    request.once("response", resolve);
    request.end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_BODY) {
      response.destroy();
      break;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Milliseconds that a Retry-After header asks for: seconds or a date. */
export function waitOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT);
}

/** What failed, and where; several addresses of a host may have, each in its own way. */
function words(error: unknown, host: string): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const reason = reasonOf(first);
  return reason.includes(host) ? reason : `${host}: ${reason}`;
}

/** The text with stars in place of what nobody may read. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) if (secret !== "") shown = shown.replaceAll(secret, "***");
  return shown;
}

/** The beginning of what a receiver answers, in one line, after a colon; nothing where there is nothing. */
export function excerpt(body: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what receivers answer may hold anything
  const line = body.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  if (line === "") return "";
  return `: ${line.length > REASON_LENGTH ? `${line.slice(0, REASON_LENGTH)}…` : line}`;
}
