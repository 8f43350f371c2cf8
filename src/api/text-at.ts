import { constants } from "node:fs";
import { open } from "node:fs/promises";

/**
 * The text of a file that the page changes. Links are not followed.
 * @param most maximum size in bytes
 * @returns undefined if the file does not exist
 * @throws Error with a message for the user
 */
export async function textAt(path: string, most: number): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new Error(`${path} is a symbolic link; symbolic links are not followed.`);
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is not a regular file.`);
    if (stat.size > most) throw new Error(`${path} is larger than ${most >> 20} MiB.`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
