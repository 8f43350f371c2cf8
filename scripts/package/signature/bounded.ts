import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/**
 * Reads a regular file.
 * @param max maximum size in bytes
 * @throws if the file cannot be read, is not a regular file, or is larger
 */
export function readBounded(path: string, max: number): Buffer {
  const descriptor = opened(path);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Error(`${path} is not a regular file`);
    if (status.size > max) throw new Error(`${path} is larger than ${max} bytes`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function opened(path: string): number {
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new Error(`there is no ${path}`);
    throw error;
  }
}
