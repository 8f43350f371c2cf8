import { TransportError } from "./error.ts";

/**
 * What becomes of a body that is longer than the limit, or whose connection breaks. `whole`: both are errors. `cut`: only the
 * first bytes are read. `partial`: the same, and what came before a connection broke counts.
 */
export type BodyMode = "whole" | "cut" | "partial";

/**
 * Reads the body of a response.
 * @throws TransportError where it is too long, else what the response throws
 */
export async function readBody(response: AsyncIterable<unknown>, limit: number, mode: BodyMode): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      if (!(piece instanceof Buffer)) continue;
      size += piece.length;
      pieces.push(piece);
      if (size > limit) break; // which ends the connection
    }
  } catch (error) {
    if (mode !== "partial") throw error;
  }
  if (size > limit && mode === "whole") throw new TransportError(`the answer has more than ${limit} bytes`);
  return Buffer.concat(pieces).subarray(0, limit);
}

const LINE_END = 10;
/** Pieces of a line that are kept one by one: each takes memory of its own. */
const MOST_PIECES = 16_384;

/**
 * The lines of a response as they come, without empty ones and without what follows the last line end.
 * @throws TransportError where a line has more than `limit` bytes, else what the response throws
 */
export async function* readLines(response: AsyncIterable<unknown>, limit: number): AsyncGenerator<Buffer> {
  /** The line that has begun, in the pieces that it came in. */
  let begin: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    if (!(piece instanceof Buffer)) continue;
    let from = 0;
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, from)) {
      const line = Buffer.concat([...begin, piece.subarray(from, end)]);
      begin = [];
      size = 0;
      from = end + 1;
      if (line.length > 0) yield line;
    }
    begin.push(piece.subarray(from));
    if (begin.length > MOST_PIECES) begin = [Buffer.concat(begin)];
    size += piece.length - from;
    if (size > limit) throw new TransportError(`a line has more than ${limit} bytes`);
  }
}
