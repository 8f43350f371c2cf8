import type { ByteInput } from "../../capture/input.ts";
import { directGunzip, type Gunzip } from "./gunzip.ts";
import { gzipInput, wholeInput } from "./gzip-input.ts";
import { openFile, replay } from "./opened.ts";

export interface FileInput extends ByteInput {
  close(): void;
}

/** Length of the gzip magic number, in bytes. */
const MAGIC = 2;

/**
 * Opens a plain or gzip capture file (distinguished by its first bytes) for reading from its beginning.
 *
 * @param inflate opens a decompressor; if it returns undefined, the whole file is decompressed with the public API
 * @throws Error that names the file, if it cannot be opened or read
 */
export function openInput(path: string, inflate: () => Gunzip | undefined = directGunzip): FileInput {
  const file = openFile(path);
  try {
    const first = new Uint8Array(MAGIC);
    let size = 0;
    for (let got = 1; got > 0 && size < MAGIC; size += got) got = file.read(first, size, MAGIC);
    const replayed = replay(file, first.subarray(0, size));
    if (size < MAGIC || first[0] !== 0x1f || first[1] !== 0x8b) return replayed;
    const gunzip = inflate();
    return gunzip === undefined ? wholeInput(replayed) : gzipInput(replayed, gunzip, inflate);
  } catch (error) {
    file.close();
    throw error;
  }
}
