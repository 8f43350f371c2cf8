import { watch } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../agent/failure.ts";
import { print } from "../telemetry/print.ts";
import { isFolder } from "./test-files.ts";

/** Time without file system events after which the tests are run, in milliseconds. */
const QUIET_MS = 100;

/**
 * Calls `run`, and calls it again each time a YAML file in one of the directories is created, changed or removed.
 * @param run runs the tests and returns the files that they used
 */
export async function watchFiles(paths: readonly string[], run: () => Promise<readonly string[]>): Promise<void> {
  const watched = new Set<string>();
  let pending: NodeJS.Timeout | undefined;
  let running = false;
  const again = (name: string | null): void => {
    if (name !== null && !/\.ya?ml$/.test(name)) return;
    clearTimeout(pending);
    pending = setTimeout(() => (running ? again(null) : round()), QUIET_MS);
  };
  const round = async (): Promise<void> => {
    running = true;
    if (process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
    let files: readonly string[] = [];
    try {
      files = await run();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      print(`${error.message}\n`);
    }
    for (const folder of new Set([...files, ...paths].map((path) => (isFolder(path) ? path : dirname(path))))) {
      if (watched.has(folder) || !isFolder(folder)) continue;
      watched.add(folder);
      watch(folder, (_what, name) => again(name));
    }
    print("Watching for changes. Press Ctrl-C to stop.\n");
    running = false;
  };
  await round();
}
