import type { PackageData } from "./databases.ts";

/** The packages of the machine as they were last read, for other workers: their tables are shared memory. */
let current: PackageData | undefined;
let areExpected = false;
const listeners = new Set<(packages: PackageData) => void>();

/** States that packages will be read. */
export function expectPackages(): void {
  areExpected = true;
}

/** Sets the packages that were read. */
export function sharePackages(packages: PackageData): void {
  current = packages;
  for (const each of listeners) each(packages);
}

/** The packages; "expected" if they are being read, undefined if they are not. */
export function currentPackages(): PackageData | "expected" | undefined {
  return current ?? (areExpected ? "expected" : undefined);
}

/** Calls `listener` each time that packages were read. @returns a function that ends it */
export function onPackages(listener: (packages: PackageData) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
