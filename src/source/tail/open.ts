import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Opens a file to read it. A pipe that has taken its place keeps nobody waiting. */
export function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}
