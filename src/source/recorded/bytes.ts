import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

const CHUNK = 1 << 18;

/** Reads the bytes of a file, and decompresses gzip; `-` is standard input. */
export async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file: AsyncIterable<Buffer> = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
  const chunks = file[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  let head: Buffer = first.value;
  while (head.length < 2) {
    const more = await chunks.next();
    if (more.done === true) break;
    head = Buffer.concat([head, more.value]);
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  if (!zipped) yield* again();
  else yield* pipeline(Readable.from(again()), createGunzip({ chunkSize: CHUNK }), () => {});
}
