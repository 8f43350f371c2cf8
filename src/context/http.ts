import { request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";

/** How a server is asked. */
export interface Asking {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** Certificates as PEM, for https. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Bytes of an answer at most. */
const LONGEST = 8 << 20;

/**
 * Asks a web server, without proxies and without following where it points.
 * @throws Error with one sentence, which holds neither the address nor what was sent
 */
export function ask(
  address: string,
  { method = "GET", headers = {}, timeout, signal, tls, body }: Asking,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const limit = AbortSignal.timeout(timeout);
  const options: RequestOptions = {
    method,
    headers: { accept: "application/json", ...headers },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    agent: false,
    ...tls,
  };
  const fail = (error: Error): void => reject(limit.aborted ? new Error("it did not answer in time") : error);
  const asking = (address.startsWith("https:") ? secure : plain)(address, options, (response) => {
    const pieces: Buffer[] = [];
    let size = 0;
    response.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size <= LONGEST) return void pieces.push(piece);
      response.destroy();
      reject(new Error(`the answer has more than ${LONGEST} bytes`));
    });
    response.on("end", () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
    );
    response.on("error", fail);
  });
  asking.on("error", fail);
  asking.end(body);
  return promise;
}
