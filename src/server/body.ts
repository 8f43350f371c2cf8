import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Reply, textReply } from "./listener.ts";

/** Memory budget for the bodies of all requests, in bytes. */
export interface BodyBudget {
  readonly limit: number;
  used: number;
}

const inflate = promisify(gunzip);

/** Value of Retry-After in seconds when the budget is exhausted. */
const RETRY_AFTER = "1";

/** Rejects unsupported encodings and large bodies by their headers. */
export function checkBody(request: IncomingMessage, limit: number): Reply | undefined {
  const coding = codingOf(request);
  if (!isCompressed(coding) && coding !== "identity" && coding !== "")
    return textReply(415, "Unsupported content encoding; use gzip or none.", { "accept-encoding": "gzip" });
  return Number(request.headers["content-length"] ?? 0) > limit ? tooLarge(limit) : undefined;
}

function codingOf({ headers }: IncomingMessage): string {
  return headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
}

function isCompressed(coding: string): boolean {
  return coding === "gzip" || coding === "x-gzip";
}

/**
 * Reads a body that {@link checkBody} accepted, and inflates it.
 * @param limit maximum bytes, both compressed and inflated
 * @returns the body, with `done` to release its memory budget; or the rejection; undefined if the client disconnected
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  room: BodyBudget,
): Promise<{ readonly body: Buffer; done(): void } | { readonly rejection: Reply } | undefined> {
  let taken = 0;
  const take = (bytes: number): boolean => {
    if (room.used + bytes > room.limit) return false;
    room.used += bytes;
    taken += bytes;
    return true;
  };
  const done = (): void => {
    room.used -= taken;
    taken = 0;
  };
  const raw = await collect(request, limit, take);
  if (raw === undefined || "rejection" in raw) {
    done();
    return raw;
  }
  if (!isCompressed(codingOf(request))) return { body: raw.body, done };
  try {
    const body = await inflate(raw.body, { maxOutputLength: limit });
    if (take(body.length)) return { body, done };
    done();
    return { rejection: busy() };
  } catch (error) {
    done();
    const large = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return { rejection: large ? tooLarge(limit) : textReply(400, "The body is not valid gzip.") };
  }
}

function busy(): Reply {
  return textReply(429, "Too many bodies in memory; retry later.", { "retry-after": RETRY_AFTER });
}

function tooLarge(limit: number): Reply {
  return textReply(413, `A body may have ${limit} bytes.`);
}

type Collected = { readonly body: Buffer } | { readonly rejection: Reply } | undefined;

function collect(request: IncomingMessage, limit: number, take: (bytes: number) => boolean): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (result: Collected): void => {
      request.off("data", add);
      resolve(result);
    };
    const add = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) end({ rejection: tooLarge(limit) });
      else if (!take(chunk.length)) end({ rejection: busy() });
      else chunks.push(chunk);
    };
    request.on("data", add);
    request.once("end", () => {
      const [first = Buffer.alloc(0)] = chunks;
      resolve({ body: chunks.length > 1 ? Buffer.concat(chunks, length) : first });
    });
    request.once("error", () => resolve(undefined));
    request.once("close", () => resolve(undefined)); // no effect after `end`
  });
}
