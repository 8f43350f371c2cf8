import type { IncomingMessage } from "node:http";
import { createGunzip, type Gunzip } from "node:zlib";
import { type Reply, textReply } from "./listener.ts";
import type { RequestMemory, RequestShare } from "./memory.ts";

/** Value of Retry-After if no memory is available, in seconds. */
const RETRY_AFTER = "1";
/** Bytes reserved for a request without its body. */
const REQUEST = 16_384;
/** Bytes reserved for the decompression state. */
const GUNZIP = 65_536;
/**
 * Number of chunks above which the average chunk size must be at least `LEAST_CHUNK` bytes, because each chunk requires
 * processing time.
 */
const FREE_CHUNKS = 1000;
const LEAST_CHUNK = 64;
/** Initial size of a buffer, in bytes. */
const FIRST = 4096;

/** A complete body. `done` releases its memory. */
export interface ReadBody {
  readonly body: Buffer;
  /** Reserves additional bytes until `done`. @returns the rejection if no memory is available */
  reserve(bytes: number): Reply | undefined;
  done(): void;
}

/** Rejects unsupported encodings and large bodies by their headers. */
export function checkBody(request: IncomingMessage, limit: number): Reply | undefined {
  const coding = codingOf(request);
  if (!isCompressed(coding) && coding !== "identity" && coding !== "")
    return textReply(415, "Unsupported content encoding; use gzip or none.", { "accept-encoding": "gzip" });
  const transfer = request.headers["transfer-encoding"];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== "chunked")
    return textReply(415, "Unsupported transfer encoding; use chunked or none.");
  return Number(request.headers["content-length"] ?? 0) > limit ? tooLarge(limit) : undefined;
}

function codingOf({ headers }: IncomingMessage): string {
  return headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
}

function isCompressed(coding: string): boolean {
  return coding === "gzip" || coding === "x-gzip";
}

/**
 * Reads a body accepted by {@link checkBody}. Inflates it as it arrives, and stops at the limit.
 * @param limit maximum size in bytes, both compressed and inflated
 * @returns the body or the rejection; undefined if the client disconnected
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  memory: RequestMemory,
): Promise<ReadBody | { readonly rejection: Reply } | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | Reply | undefined>();
  const share = memory.open(() => {
    share.close();
    end(tooSlow());
  });
  const gunzip = isCompressed(codingOf(request)) ? createGunzip() : undefined;
  const end = collect(request, gunzip, limit, share, resolve);
  if (!share.take(REQUEST + (gunzip ? GUNZIP : 0))) end(busy());
  const result = await promise;
  share.complete();
  gunzip?.destroy();
  if (Buffer.isBuffer(result)) {
    if (gunzip) share.give(GUNZIP);
    return { body: result, reserve: (bytes) => reserve(bytes, share, memory.limit), done: () => share.close() };
  }
  share.close();
  return result && { rejection: result };
}

function reserve(bytes: number, share: RequestShare, limit: number): Reply | undefined {
  if (!share.couldTake(bytes))
    return textReply(
      413,
      `Parsing the body requires ${bytes} bytes of memory, which exceeds the limit of ${limit} bytes; send fewer values per request.`,
    );
  return share.take(bytes) ? undefined : busy();
}

function busy(): Reply {
  return textReply(429, "Too many request bodies in memory; retry later.", { "retry-after": RETRY_AFTER });
}

function tooLarge(limit: number): Reply {
  return textReply(413, `The body exceeds the limit of ${limit} bytes.`);
}

function tooSlow(): Reply {
  // The status is 429 instead of 408, because senders retry after 429, and a body can be late because this program is
  // busy.
  return textReply(
    429,
    "The body arrived too slowly and was discarded to free memory for other requests; retry later.",
    {
      "retry-after": RETRY_AFTER,
    },
  );
}

/**
 * Collects a body until it is complete, rejected, or the client disconnects.
 * @returns a function that stops the collection
 */
function collect(
  request: IncomingMessage,
  gunzip: Gunzip | undefined,
  limit: number,
  share: RequestShare,
  resolve: (result: Buffer | Reply | undefined) => void,
): (result: Reply) => void {
  const into = openBuffer(limit, share);
  let received = 0;
  let chunks = 0;
  const end = (result: Buffer | Reply | undefined): void => {
    request.off("data", receive).off("end", finish);
    gunzip?.off("data", add).destroy();
    resolve(result);
  };
  const add = (chunk: Buffer): void => {
    const rejection = into.add(chunk);
    if (rejection !== undefined) end(rejection);
  };
  const receive = (chunk: Buffer): void => {
    share.progress();
    received += chunk.length;
    if (received > limit) end(tooLarge(limit));
    else if (++chunks > FREE_CHUNKS && received < chunks * LEAST_CHUNK)
      end(textReply(400, `The chunks of the body are too small: the average must be at least ${LEAST_CHUNK} bytes.`));
    else if (gunzip === undefined) add(chunk);
    else if (!gunzip.write(chunk)) request.pause();
  };
  const finish = (): void => {
    if (gunzip === undefined) end(into.content());
    else gunzip.end();
  };
  request.on("data", receive).once("end", finish);
  request.once("error", () => end(undefined));
  request.once("close", () => {
    if (!request.complete) end(undefined);
  });
  gunzip?.on("drain", () => request.resume());
  gunzip?.on("data", add).once("end", () => end(into.content()));
  gunzip?.on("error", () => end(textReply(400, "The body is not valid gzip.")));
  return end;
}

/**
 * Collects chunks in one growing buffer. If kept individually, chunks of a few bytes would take more than a hundred
 * bytes each and keep the received block in memory.
 */
function openBuffer(limit: number, share: RequestShare) {
  let buffer = Buffer.alloc(0);
  let length = 0;
  return {
    /** @returns the rejection if the chunk exceeds a limit */
    add(chunk: Buffer): Reply | undefined {
      const wanted = length + chunk.length;
      if (wanted > limit) return tooLarge(limit);
      if (wanted > buffer.length) {
        const size = Math.min(limit, Math.max(wanted, 2 * buffer.length, FIRST));
        if (!share.couldTake(size))
          return textReply(413, `A body of at least ${wanted} bytes exceeds the memory limit for all requests.`);
        if (!share.take(size)) return busy();
        const larger = Buffer.allocUnsafeSlow(size);
        buffer.copy(larger, 0, 0, length);
        share.give(buffer.length);
        buffer = larger;
      }
      chunk.copy(buffer, length);
      length = wanted;
      return undefined;
    },
    content: (): Buffer => buffer.subarray(0, length),
  };
}
