import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

const CHUNK = 1 << 18;

/** The bytes of a file, inflated where they are gzip; `-` is standard input. */
export async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file: AsyncIterable<Buffer> = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK });
  const chunks = file[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const all = [first.value];
  while (all[0].length < 2) {
    const more = await chunks.next();
    if (more.done === true) break;
    all[0] = Buffer.concat([all[0], more.value]);
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield all[0];
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const zipped = all[0][0] === 0x1f && all[0][1] === 0x8b;
  if (!zipped) yield* again();
  else yield* pipeline(Readable.from(again()), createGunzip({ chunkSize: CHUNK }), () => {});
}
