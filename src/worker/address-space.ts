import { readFileSync } from "node:fs";

/**
 * Bytes of address space that a worker reserves when it starts: V8 takes 512 MiB for code, aligned, and ends the process
 * if it can't have them. Measured with Node.js 24.
 */
export const WORKER_ADDRESS_SPACE = 800 * 2 ** 20;

/** The limit of this process's address space (RLIMIT_AS) in bytes; undefined without a limit. */
export function addressSpaceLimit(): number | undefined {
  return number(/^Max address space\s+(\d+)/m, "limits");
}

/** Bytes of address space in use. */
export function addressSpaceUsed(): number {
  return (number(/^VmSize:\s+(\d+) kB/m, "status") ?? 0) * 1024;
}

/** Workers whose start is not finished: they will reserve their address space. */
let starting = 0;

/** Reserves the address space of a worker until the returned function is called, at the end of its start. */
export function reserveAddressSpace(): () => void {
  starting++;
  let released = false;
  return () => {
    if (!released) starting--;
    released = true;
  };
}

/** Workers that were not started because of the limit: with more address space, they start first. */
const refused = new Set<object>();

/**
 * Further workers in the size that an error states: one that runs for a short time, to load rules or read databases, and two whose
 * start is counted twice, as they have part of their address space already.
 */
const SPARE = 3;

/**
 * Why another worker cannot start within the limit of address space; undefined if it can.
 * @param worker identifies a worker whose start is repeated until it succeeds
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

/** Forgets a worker whose start is not repeated any more. */
export function forgetWorker(worker: object): void {
  refused.delete(worker);
}

/** The error of a limit that is too small. */
export function addressSpaceTooSmall(needed: number, limit: number): string {
  const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  return `needs ${megabytes(needed)} MB of address space, the limit is ${megabytes(limit)} MB: raise it with "ulimit -v ${Math.ceil(needed / 1024)}" or "ulimit -v unlimited"`;
}

function number(pattern: RegExp, file: string): number | undefined {
  try {
    const found = pattern.exec(readFileSync(`/proc/self/${file}`, "utf8"))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined; // no /proc
  }
}
