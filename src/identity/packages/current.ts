import type { PackageData } from "./databases.ts";

/** The packages of the machine, as last read. The tables are in shared memory, so that other workers can use them. */
let current: PackageData | undefined;
let areExpected = false;
const listeners = new Set<(packages: PackageData) => void>();

/** Announces that the package databases will be read. */
export function expectPackages(): void {
  areExpected = true;
}

/** Sets the packages that were read, and calls the listeners. */
export function sharePackages(packages: PackageData): void {
  current = packages;
  for (const each of listeners) each(packages);
}

/**
 * Returns the packages of the machine; "expected" while the databases are being read, undefined if they will not be
 * read.
 */
export function currentPackages(): PackageData | "expected" | undefined {
  return current ?? (areExpected ? "expected" : undefined);
}

/** Calls `listener` whenever packages have been read. @returns a function that removes the listener */
export function onPackages(listener: (packages: PackageData) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
