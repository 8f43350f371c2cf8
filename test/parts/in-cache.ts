// Directories of the cache. A directory is built under another name and renamed when it is complete, so that readers
// never find an incomplete directory.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./part.ts";

/** Called with each line of the output of a build. */
export type Progress = (line: string) => void;

/**
 * Returns the path of a directory in the cache. The directory exists only when it is complete; its name contains the
 * version.
 */
export const cached = (name: string): string => join(cacheFolder, name);

/**
 * Creates a directory of the cache if it is missing. If several processes create the directory concurrently, one result
 * is kept.
 * @param make fills an empty directory
 */
export async function makeCached(name: string, make: (folder: string) => Promise<void>): Promise<void> {
  const folder = cached(name);
  if (existsSync(folder)) return;
  await mkdir(cacheFolder, { recursive: true });
  await removeLeftovers();
  const aside = await mkdtemp(`${folder}${ASIDE}`);
  try {
    await make(aside);
    await rename(aside, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const ASIDE = ".building-";
/** Age from which an incomplete directory belongs to an interrupted build, in milliseconds. */
const OLD = 86_400_000;

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.includes(ASIDE)) continue;
    const path = join(cacheFolder, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > OLD) await rm(path, { recursive: true, force: true });
  }
}

const LAST_LINES = 5;

/**
 * Runs a program of a build at low priority.
 * @throws Error with a sentence that ends with the last lines of the output
 */
export async function runBuild(
  [program, ...words]: readonly [string, ...string[]],
  { env = {}, progress }: { readonly env?: Readonly<Record<string, string>>; readonly progress?: Progress | undefined },
): Promise<void> {
  const child = spawn("nice", [program, ...words], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let rest = "";
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) progress?.(line);
      last.push(...lines);
      last.splice(0, last.length - LAST_LINES);
    });
  }
  const status = await new Promise<number | string | null>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  if (status === 0) return;
  throw new Error(`${program} ${words[0]} failed (${status}): ${[...last, rest].join(" | ").trim()}`);
}
