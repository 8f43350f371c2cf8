import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { THRIFTY } from "../java.ts";
import { type Edition, folderOf, javaFor } from "./build.ts";

export interface StartedServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const SMALL = ["-Xms512m", "-Xmx512m", ...THRIFTY];
/** Maximum number of characters of its output that an error includes. */
const LAST_WORDS = 2000;

/**
 * Starts a node on a separate loopback port. It watches its standard input, so that it ends no later than this process.
 * @param options options of the Java virtual machine
 */
export async function startOpenSearch(edition: Edition, options = SMALL): Promise<StartedServer> {
  const java = javaFor(edition);
  if (java === undefined) throw new Error(`there is no Java for ${edition.name}`);
  const home = mkdtempSync(join(tmpdir(), `${edition.name}-`));
  const folder = folderOf(edition);
  const path = `${join(folder, "classes")}:${join(folder, "lib/*")}`;
  const child = spawn(join(java.home, "bin/java"), [...options, ...edition.options, "-cp", path, "Server", home], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  const keep = (text: string): void => {
    said = `${said}${text}\n`.slice(-LAST_WORDS);
  };
  const ended = once(child, "exit");
  const ready = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (line) => {
        keep(line);
        if (line.startsWith("ready ")) resolve(line.slice("ready ".length));
      });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${edition.name} ended with ${code}: ${said}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { url: await ready, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
