import { readFileSync } from "node:fs";
import { trimMemory, unmapPages } from "../source/syscall/libc.ts";

/** Milliseconds between two releases: pages in use are mapped again within a millisecond in total. */
const INTERVAL = 60_000;
/** Milliseconds until the first release, when the program has started. */
const FIRST = 5000;

/** A range of addresses, in bytes. */
interface Range {
  readonly address: number;
  readonly length: number;
}

/**
 * Regularly returns memory to the system that was needed at the start or in a burst: free memory of the C library, and pages of
 * Node itself. Linux maps 16 of these at each access, and does not unmap them while memory is free. They stay in the page
 * cache.
 */
export function releaseSpareMemory(): { close(): void } {
  const release = () => {
    trimMemory();
    for (const { address, length } of cleanRanges(mappings(), process.execPath)) unmapPages(address, length);
  };
  const first = setTimeout(release, FIRST).unref();
  const timer = setInterval(release, INTERVAL).unref();
  return {
    close() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}

function mappings(): string {
  try {
    return readFileSync("/proc/self/smaps", "latin1");
  } catch {
    return ""; // without a free descriptor, for example
  }
}

/**
 * Ranges of a list of mappings (`/proc/PID/smaps`) that are of a file, not writable, and as in the file: unmapping loses
 * nothing. The linker and breakpoints change pages of such mappings.
 */
export function cleanRanges(smaps: string, path: string): Range[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, from = "", to = "", file] = /^([0-9a-f]+)-([0-9a-f]+) r-.p \S+ \S+ \d+ +(.*)$/m.exec(mapping) ?? [];
    if (file !== path || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const address = Number.parseInt(from, 16);
    return [{ address, length: Number.parseInt(to, 16) - address }];
  });
}
