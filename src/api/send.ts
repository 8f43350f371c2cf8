import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ApiError, notFound } from "./api-error.ts";
import type { Assets } from "./assets.ts";
import { dataHeaders, pageHeaders } from "./headers.ts";
import type { Answer } from "./route.ts";

/** Sends the response of a route. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { headers = {} } = answer;
  const isHead = request.method === "HEAD";
  if ("stream" in answer || "pieces" in answer) {
    response.writeHead(200, { ...dataHeaders, "content-type": answer.type, ...headers });
    if (isHead) response.end();
    else await ("stream" in answer ? answer.stream(response) : sendPieces(response, answer.pieces));
    return;
  }
  const isJson = "json" in answer;
  const type = isJson ? "application/json" : answer.type;
  const { bytes, coding } = isJson
    ? await compressed(request, Buffer.from(JSON.stringify(answer.json)))
    : { bytes: answer.bytes, coding: {} };
  const about = { "content-type": type, "content-length": bytes.length };
  const status = isJson ? 200 : (answer.status ?? 200);
  response.writeHead(status, { ...dataHeaders, ...about, ...coding, ...headers });
  response.end(isHead ? undefined : bytes);
}

const gzipAsync = promisify(gzip);
/** Minimum size of JSON that is compressed, in bytes. */
const SMALL = 1024;

/**
 * Compresses JSON if the client accepts it. Small responses are not compressed. This includes the session with its CSRF
 * token, because the size of a compressed response could disclose a secret next to text that an attacker chooses.
 */
async function compressed(
  request: IncomingMessage,
  bytes: Buffer,
): Promise<{ readonly bytes: Buffer; readonly coding: Readonly<Record<string, string>> }> {
  if (bytes.length < SMALL) return { bytes, coding: {} };
  const vary = { vary: "accept-encoding" };
  if (!/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) return { bytes, coding: vary };
  return { bytes: await gzipAsync(bytes, { level: LEVEL }), coding: { ...vary, "content-encoding": "gzip" } };
}

/** Compression level. Higher levels take several times as long and save only a few percent. */
const LEVEL = 4;

/** Sends chunks at the client's pace. */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await canWrite(response);
    else await new Promise((resolve) => setImmediate(resolve)); // lets other requests run
  }
  response.end();
}

/** Resolves when the client has read enough to continue, or has closed the connection. */
function canWrite(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle).off("close", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}

/**
 * Sends a file of the page.
 * @throws ApiError if the file does not exist
 */
export function sendAsset(request: IncomingMessage, response: ServerResponse, assets: Assets, path: string): void {
  if (request.method !== "GET" && request.method !== "HEAD")
    throw new ApiError(405, "method", "Method not allowed; use GET or HEAD.", { allow: "GET, HEAD" });
  const found = assets.find(path);
  const asset = found ?? (isNavigation(request) ? assets.find("/") : undefined);
  if (asset === undefined) {
    const built = assets.find("/") !== undefined;
    throw notFound(built ? "Page not found." : "The web UI has not been built; run npm run build.");
  }
  const { bytes, encoding } = asset.body(String(request.headers["accept-encoding"] ?? ""));
  const coding = encoding === undefined ? {} : { "content-encoding": encoding };
  const status = found === undefined ? 404 : 200;
  response.writeHead(status, { ...asset.headers, ...coding, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/** Whether a browser requests a page, as opposed to a file of a page. For an unknown URL, the page shows an error. */
function isNavigation({ headers }: IncomingMessage): boolean {
  return /\btext\/html\b/.test(String(headers.accept ?? ""));
}

/** @param isApi whether to send JSON instead of plain text */
export function sendRejection(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, headers }: ApiError,
  isApi: boolean,
): void {
  if (response.headersSent) {
    response.destroy(); // aborts the connection, so that a truncated response is not mistaken for a complete one
    return;
  }
  const body = isApi ? JSON.stringify({ error: { code, message } }) : `${message}\n`;
  const unread = !request.complete && request.method !== "GET" && request.method !== "HEAD";
  response.writeHead(status, {
    ...(isApi ? dataHeaders : { ...pageHeaders, "cache-control": "no-store" }),
    ...headers,
    ...(unread && { connection: "close" }),
    "content-type": isApi ? "application/json" : "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The response for an error; status 500 for anything other than an ApiError. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ApiError(500, "failed", `Internal error: ${reason}.`);
}
