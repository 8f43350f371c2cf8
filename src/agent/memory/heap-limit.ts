import { getCompileCacheDir } from "node:module";
import { basename, dirname } from "node:path";

const OPTION = "--max-old-space-size";

/**
 * Limits the heap of the main thread. V8 accepts a limit only at startup, so the process executes the program again
 * with the limit, unless a limit is already set.
 * @param megabytes the limit, in MiB
 */
export function limitHeap(megabytes: number): void {
  const { execArgv, execPath, argv, env } = process;
  if (process.execve === undefined || execArgv.some((option) => option.startsWith(OPTION))) return;
  const cache = getCompileCacheDir();
  // The cache directory is specific to the Node.js version; the variable must be set to the parent directory.
  const setting = cache === undefined || !/^v\d/.test(basename(cache)) ? cache : dirname(cache);
  const { NODE_COMPILE_CACHE: _, ...rest } = env;
  process.execve(execPath, [execPath, ...execArgv, `${OPTION}=${megabytes}`, ...argv.slice(1)], {
    ...rest,
    ...(setting !== undefined && { NODE_COMPILE_CACHE: setting }),
  });
}
