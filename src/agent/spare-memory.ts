import { readFileSync } from "node:fs";
import { trimMemory, unmapPages } from "../source/syscall/libc.ts";

/**
 * Interval between releases of spare memory, in milliseconds. Remapping the pages that are still in use takes less than
 * 1 ms.
 */
const INTERVAL = 60_000;
/** Delay of the first release after startup, in milliseconds. */
const FIRST = 5000;

/** A range of addresses, in bytes. */
interface Range {
  readonly address: number;
  readonly length: number;
}

/**
 * Periodically releases memory that was needed only at startup or during a burst: free memory of the C library, and
 * mapped pages of the Node.js executable. Linux maps 16 pages of the executable at each page fault, and unmaps them
 * only under memory pressure. Unmapped pages stay in the page cache.
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
    return ""; // for example, if no file descriptor is available
  }
}

/**
 * Address ranges in `/proc/PID/smaps` that map the file `path`, are not writable and have no modified pages, so that no
 * data is lost if they are unmapped. The dynamic linker and debuggers can modify pages.
 */
export function cleanRanges(smaps: string, path: string): Range[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, from = "", to = "", file] = /^([0-9a-f]+)-([0-9a-f]+) r-.p \S+ \S+ \d+ +(.*)$/m.exec(mapping) ?? [];
    if (file !== path || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const address = Number.parseInt(from, 16);
    return [{ address, length: Number.parseInt(to, 16) - address }];
  });
}
