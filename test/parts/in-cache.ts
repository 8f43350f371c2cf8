// Folders of the cache that are made once: aside, and renamed when they are whole, so that nothing finds half of one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./part.ts";

/** Called with what a build prints, a line at a time. */
export type Progress = (line: string) => void;

/** A folder of the cache; it exists where it is whole. Its name says the version. */
export const cached = (name: string): string => join(cacheFolder, name);

/**
 * Makes a folder of the cache where it is missing. Of several processes that do so at once, one's result stays.
 * @param make fills the empty folder that it is given
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
/** Milliseconds after which a folder aside is one of a build that was ended. */
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
 * @throws Error with one sentence that ends in the last lines of what it printed
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
