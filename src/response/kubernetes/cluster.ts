import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Credentials, podCredentials, serverOfPod } from "../../context/kubernetes/credentials.ts";
import { kubeconfigCredentials } from "../../context/kubernetes/kubeconfig.ts";
import { ApiError } from "./answer.ts";
import { type Facts, factsOf } from "./facts.ts";

/** Bytes of an answer at most. */
const LONGEST_ANSWER = 64 << 20;
/** Milliseconds for an answer. */
const TIMEOUT = 15_000;
/** How often something is asked for again when the server wants patience, and seconds of patience at most. */
const TRIES = 3;
const LONGEST_PATIENCE = 10;

/** What is asked of an API server. */
export interface Call {
  /** GET, where nothing is said. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The parts of the path: each stays one, whatever is in it. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  /** What the body is; JSON, where nothing is said. */
  readonly type?: "application/json" | "application/json-patch+json" | "application/merge-patch+json";
  /** 429 is an answer like others: it is not asked again. */
  readonly isFinal?: true;
  readonly signal: AbortSignal;
}

/** An API server, and who we are to it. */
export interface Cluster {
  /** @throws ApiError, or Error with one sentence where it can't be reached or makes no sense */
  ask(call: Call): Promise<Facts>;
  /** The answer as it is: logs are no JSON. @param limit bytes that are read at most; the rest is let go */
  read(call: Call, limit: number): Promise<Buffer>;
  /** A connection on which another protocol is spoken. @throws as `ask` */
  upgrade(asked: Upgrade): Promise<Upgraded>;
}

export interface Upgrade {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

export interface Upgraded {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
  /** What came with the answer. */
  readonly head: Buffer;
}

/** Where a cluster is found. */
export interface ClusterPlace {
  /** A file; "" for `$KUBECONFIG`, else the service account of the pod that this runs in. */
  readonly kubeconfig: string;
  /** "" for the current one. */
  readonly context: string;
}

const opened = new Map<string, Promise<Cluster>>();

/** The cluster at a place: one for all who ask. @throws Error with one sentence */
export function clusterAt(place: ClusterPlace): Promise<Cluster> {
  const file = place.kubeconfig || (process.env.KUBECONFIG ?? "").split(":").find((each) => each !== "") || "";
  const key = JSON.stringify([file, place.context]);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const opening = credentialsFrom(file, place.context).then(openCluster);
  opened.set(key, opening);
  opening.catch(() => opened.delete(key)); // the file may be there next time
  return opening;
}

async function credentialsFrom(file: string, context: string): Promise<Credentials> {
  if (file !== "") return kubeconfigCredentials(file, context);
  const server = serverOfPod(process.env);
  if (server === undefined)
    throw new Error("no API server is known: give the parameter kubeconfig, or run in a pod with a service account");
  return podCredentials(server);
}

export function openCluster(credentials: Credentials): Cluster {
  const { server } = credentials;
  const secure = server.protocol === "https:";

  /** @throws Error with one sentence where there are no credentials */
  async function begin(method: string, path: string, headers: OutgoingHttpHeaders, signal: AbortSignal) {
    const { authorization, tls } = await credentials.identity();
    return (secure ? httpsRequest : httpRequest)({
      method,
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port || (secure ? 443 : 80),
      path: `${server.pathname.replace(/\/$/, "")}${path}`,
      headers: { "user-agent": "eyas", ...(authorization !== undefined && { authorization }), ...headers },
      signal,
      agent: false, // a connection that was kept may be half closed, and what changes something is not sent twice
      ...(secure && tls),
    });
  }

  async function send({ method = "GET", path, query, body, type = "application/json", signal }: Call) {
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: "application/json",
      ...(text !== undefined && { "content-type": type, "content-length": text.length }),
    };
    const asking = await begin(method, `${pathText(path)}${queryText(query)}`, headers, signal);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    asking.on("response", resolve);
    asking.on("error", (error) => reject(unreachable(error)));
    asking.end(text);
    return promise;
  }

  async function upgrade({ path, query, headers, signal }: Upgrade): Promise<Upgraded> {
    const asking = await begin("GET", `${pathText(path)}?${query}`, headers, signal);
    const { promise, resolve, reject } = Promise.withResolvers<Upgraded>();
    asking.on("upgrade", (response, socket, head) => resolve({ headers: response.headers, socket, head }));
    asking.on("response", (response) => {
      if (response.statusCode === 401) credentials.forget();
      bytesOf(response, LONGEST_ANSWER, true)
        .then((bytes) => reject(new ApiError(response.statusCode ?? 0, jsonOf(bytes) ?? {})))
        .catch(reject);
    });
    asking.on("error", (error) => reject(unreachable(error)));
    asking.end();
    return promise;
  }

  async function once(call: Call, limit: number, isCut: boolean): Promise<Buffer> {
    const time = AbortSignal.timeout(TIMEOUT);
    const signal = AbortSignal.any([call.signal, time]);
    try {
      const response = await send({ ...call, signal });
      const status = response.statusCode ?? 0;
      const bytes = await bytesOf(response, limit, isCut);
      if (status >= 200 && status < 300) return bytes;
      if (status === 401) credentials.forget();
      throw new ApiError(status, jsonOf(bytes) ?? {}, secondsOf(response.headers["retry-after"]));
    } catch (error) {
      if (time.aborted && !call.signal.aborted) throw new Error("the API server did not answer in time");
      throw error;
    }
  }

  async function patiently(call: Call, limit: number, isCut: boolean): Promise<Buffer> {
    for (let tries = 1; ; tries++) {
      try {
        return await once(call, limit, isCut);
      } catch (error) {
        const wait = tries < TRIES ? patience(error, tries, call.isFinal === true) : undefined;
        if (wait === undefined) throw error;
        await sleep(wait, undefined, { signal: call.signal, ref: false });
      }
    }
  }

  return {
    async ask(call) {
      const facts = jsonOf(await patiently(call, LONGEST_ANSWER, false));
      if (facts === undefined) throw new Error("the API server's answer is no JSON");
      return facts;
    },
    read: (call, limit) => patiently(call, limit, true),
    upgrade,
  };
}

/** @throws Error where a part would lead elsewhere */
export function pathText(path: readonly string[]): string {
  return path
    .map((part) => {
      if (part === "" || part === "." || part === "..") throw new Error("a name in a path leads elsewhere");
      return `/${encodeURIComponent(part.toWellFormed())}`;
    })
    .join("");
}

function queryText(query: Call["query"] = {}): string {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text && `?${text}`;
}

async function bytesOf(response: IncomingMessage, limit: number, isCut: boolean): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    if (!(piece instanceof Buffer)) continue;
    size += piece.length;
    pieces.push(piece);
    if (size <= limit) continue;
    response.destroy();
    if (!isCut) throw new Error(`the API server's answer has more than ${limit} bytes`);
    break;
  }
  return Buffer.concat(pieces).subarray(0, limit);
}

function jsonOf(bytes: Buffer): Facts | undefined {
  try {
    return factsOf(JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Milliseconds until something is asked for again; undefined where that is of no use. */
function patience(error: unknown, tries: number, isFinal: boolean): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 401) return tries === 1 ? 0 : undefined; // the token may just have been renewed
  if (error.status !== 429 || isFinal) return undefined; // it did nothing yet
  return Math.min(error.retryAfter ?? tries, LONGEST_PATIENCE) * 1000;
}

function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

function unreachable(error: Error): Error {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return new Error(`the API server can't be reached: ${code}`);
}
