import { readFileSync } from "node:fs";

/**
 * Address space in bytes that a worker reserves when it starts. V8 reserves 512 MiB of aligned address space for code,
 * and aborts the process if that fails. Measured with Node.js 24.
 */
export const WORKER_ADDRESS_SPACE = 800 * 2 ** 20;

/** The address space limit of this process (RLIMIT_AS) in bytes; undefined if unlimited. */
export function addressSpaceLimit(): number | undefined {
  return number(/^Max address space\s+(\d+)/m, "limits");
}

/** Address space in use, in bytes. */
export function addressSpaceUsed(): number {
  return (number(/^VmSize:\s+(\d+) kB/m, "status") ?? 0) * 1024;
}

/** Number of workers that are starting and whose address space may not be in use yet. */
let starting = 0;

/**
 * Reserves address space for a worker that starts. The caller releases the reservation with the returned function when
 * the worker has started.
 */
export function reserveAddressSpace(): () => void {
  starting++;
  let released = false;
  return () => {
    if (!released) starting--;
    released = true;
  };
}

/**
 * Workers that could not start because of the limit and are retried. The error message includes their address space.
 */
const refused = new Set<object>();

/**
 * Number of additional workers whose address space the error message includes: one short-lived worker that loads rules
 * or reads databases, and two workers that are counted twice while they start.
 */
const SPARE = 3;

/**
 * Returns the reason why another worker cannot start within the address space limit, as a predicate without a subject;
 * undefined if the worker can start.
 * @param worker identifies a worker whose start is retried until it succeeds
 */
export function whyNoWorker(worker?: object): string | undefined {
  const limit = addressSpaceLimit();
  if (limit === undefined) return undefined;
  if (worker !== undefined) refused.delete(worker);
  const needed = addressSpaceUsed() + (starting + 1) * WORKER_ADDRESS_SPACE;
  if (needed <= limit) return undefined;
  const message = addressSpaceTooSmall(needed + (refused.size + SPARE) * WORKER_ADDRESS_SPACE, limit);
  if (worker !== undefined) refused.add(worker);
  return message;
}

/** Removes a worker whose start is no longer retried. */
export function forgetWorker(worker: object): void {
  refused.delete(worker);
}

/** The error if the address space limit is too small, as a predicate without a subject ("needs …"). */
export function addressSpaceTooSmall(needed: number, limit: number): string {
  const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  return `needs ${megabytes(needed)} MB of address space, but the limit is ${megabytes(limit)} MB: raise it with "ulimit -v ${Math.ceil(needed / 1024)}" or "ulimit -v unlimited"`;
}

function number(pattern: RegExp, file: string): number | undefined {
  try {
    const found = pattern.exec(readFileSync(`/proc/self/${file}`, "utf8"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined; // /proc is not mounted
  }
}
