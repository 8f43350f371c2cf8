import { readFileSync } from "node:fs";
import { trimMemory, unmapPages } from "../source/syscall/libc.ts";

/** Milliseconds between releases of spare memory. Remapping the pages in use takes less than 1 ms in total. */
const INTERVAL = 60_000;
/** Milliseconds from startup to the first release. */
const FIRST = 5000;

/** A range of addresses, in bytes. */
interface Range {
  readonly address: number;
  readonly length: number;
}

/**
 * Periodically returns memory that was only needed at startup or in a burst to the system: free memory of the C
 * library, and pages of the Node.js executable. Linux maps 16 such pages per access and unmaps the pages only under
 * memory pressure. The pages stay in the page cache.
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
 * Ranges in a list of mappings (`/proc/PID/smaps`) that map a file, are not writable and have no modified pages, so
 * unmapping loses no data. The linker and breakpoints modify pages.
 */
export function cleanRanges(smaps: string, path: string): Range[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, from = "", to = "", file] = /^([0-9a-f]+)-([0-9a-f]+) r-.p \S+ \S+ \d+ +(.*)$/m.exec(mapping) ?? [];
    if (file !== path || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const address = Number.parseInt(from, 16);
    return [{ address, length: Number.parseInt(to, 16) - address }];
  });
}
