import { type IncomingMessage, request } from "node:http";
import type { Json } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";

/** Bytes of an answer. No runtime has so much to say of one container. */
const LONGEST_ANSWER = 16 << 20;
/** Bytes of one line of a stream. */
const LONGEST_LINE = 1 << 20;

/** What a server at a socket of the file system answered. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/**
 * Asks for JSON.
 * @param path the path and the query, escaped
 * @throws Error with one sentence: it can't be reached, is too slow, says too much, or something that is no JSON
 */
export async function getJson(socketPath: string, path: string, timeout: number): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  const response = await open(socketPath, path, signal);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of chunks(response)) {
    size += piece.length;
    if (size > LONGEST_ANSWER) {
      response.destroy();
      throw new Error(`the answer has more than ${LONGEST_ANSWER} bytes`);
    }
    pieces.push(piece);
  }
  const status = response.statusCode ?? 0;
  const body = Buffer.concat(pieces);
  return { status, body: status < 300 ? parseJson(body) : null };
}

/**
 * Follows a stream of JSON lines until it ends or `signal` says stop.
 * @param begun called when the server has answered
 * @param take takes each line
 */
export async function followJson(
  socketPath: string,
  path: string,
  begun: () => void,
  take: (line: Json) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await open(socketPath, path, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`it answered with status ${response.statusCode}`);
  }
  begun();
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of chunks(response)) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (end > 0) take(parseJson(rest.subarray(0, end)));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > LONGEST_LINE) {
      response.destroy();
      throw new Error(`a line has more than ${LONGEST_LINE} bytes`);
    }
  }
}

function open(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, headers: { host: "localhost" }, signal, agent: false }, resolve);
    asking.on("error", reject);
    asking.end();
  });
}

async function* chunks(response: IncomingMessage): AsyncGenerator<Buffer> {
  for await (const piece of response) if (piece instanceof Buffer) yield piece;
}
