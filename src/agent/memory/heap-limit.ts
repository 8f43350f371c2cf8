import { getCompileCacheDir } from "node:module";
import { basename, dirname } from "node:path";

const OPTION = "--max-old-space-size";

/**
 * Limits the heap of the main thread, which V8 does at the start only: replaces this process with itself, unless it has a limit.
 * @param megabytes the limit, in MiB
 */
export function limitHeap(megabytes: number): void {
  const { execArgv, execPath, argv, env } = process;
  if (process.execve === undefined || execArgv.some((option) => option.startsWith(OPTION))) return;
  const cache = getCompileCacheDir();
  // The folder of this version of Node.js; the setting names the one above.
  const setting = cache === undefined || !/^v\d/.test(basename(cache)) ? cache : dirname(cache);
  const { NODE_COMPILE_CACHE: _, ...rest } = env;
  process.execve(execPath, [execPath, ...execArgv, `${OPTION}=${megabytes}`, ...argv.slice(1)], {
    ...rest,
    ...(setting !== undefined && { NODE_COMPILE_CACHE: setting }),
  });
}
