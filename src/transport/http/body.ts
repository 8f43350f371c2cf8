import { TOO_LARGE, TransportError } from "./error.ts";

/**
 * Modes for reading a body.
 * - `whole`: throws if the body exceeds the limit or the connection breaks.
 * - `cut`: reads only the first bytes, up to the limit.
 * - `partial`: like `cut`, but a broken connection ends the body.
 */
export type BodyMode = "whole" | "cut" | "partial";

/**
 * Reads the body of a response.
 * @throws TransportError if the body exceeds the limit in mode `whole`, and response errors except in mode `partial`
 */
export async function readBody(response: AsyncIterable<unknown>, limit: number, mode: BodyMode): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      if (!(piece instanceof Buffer)) continue;
      size += piece.length;
      pieces.push(piece);
      if (size > limit) break; // ends the connection
    }
  } catch (error) {
    if (mode !== "partial") throw error;
  }
  if (size > limit && mode === "whole")
    throw new TransportError(`the response is larger than ${limit} bytes`, TOO_LARGE);
  return Buffer.concat(pieces).subarray(0, limit);
}

const LINE_END = 10;
/** Maximum number of pieces of a line before they are joined. Each piece has a memory overhead. */
const MOST_PIECES = 16_384;

/**
 * Reads the lines of a response. Skips empty lines and an incomplete last line.
 * @throws TransportError if more than `limit` bytes arrive without a line end, and response errors
 */
export async function* readLines(response: AsyncIterable<unknown>, limit: number): AsyncGenerator<Buffer> {
  /** Pieces of the incomplete line. */
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
    if (size > limit) throw new TransportError(`a line is longer than ${limit} bytes`);
  }
}
