import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/**
 * Matches paths of file descriptors, such as the path that a shell passes for `<(command)`. Reads from such paths may
 * block.
 */
const DESCRIPTOR = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * Reads a text file with a size limit, since a path may refer to an endless device. A pipe is read only if it is a
 * descriptor of this process, since other pipes may never have a writer.
 * @param limit in bytes
 * @throws Error if the file cannot be read, or is larger than the limit
 */
export function readLimited(path: string, limit: number): string {
  const isDescriptor = DESCRIPTOR.test(path);
  const file = openSync(path, isDescriptor ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if ((stat.isFIFO() || stat.isSocket()) && !isDescriptor) throw new Error("The path is not a regular file");
    if (stat.size > limit) throw tooLarge(limit);
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      // The additional byte is for detecting the end of a regular file.
      const chunk = Buffer.allocUnsafe(Math.min(limit + 1, Math.max(stat.size - length + 1, 1 << 16)));
      const size = readSync(file, chunk, 0, chunk.length, null);
      if (size === 0) return Buffer.concat(chunks, length).toString("utf8");
      chunks.push(chunk.subarray(0, size));
      length += size;
      if (length > limit) throw tooLarge(limit);
    }
  } finally {
    closeSync(file);
  }
}

function tooLarge(limit: number): Error {
  return new Error(`The file is larger than ${limit >> 20} MiB`);
}
