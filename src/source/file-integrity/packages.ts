import { randomInt } from "node:crypto";
import { type PackageData, PackageIndex, packageVersion, readPackages } from "../../identity/packages/databases.ts";
import type { PackageFile } from "../../identity/packages/path-table.ts";
import { Root } from "../../identity/packages/root.ts";

/** The package databases of a machine. Paths are byte strings. */
export interface Packages {
  /** Whether the machine has a package database. */
  readonly isPresent: boolean;
  /** Returns the package that owns a path, and the checksum in the package database. */
  ownerOf(path: string): PackageFile | undefined;
  /** Makes the next lookup check the databases, and read them again if they have changed. */
  refresh(): void;
  /** Provides packages that another worker has read. They are used unless the databases have changed since. */
  share(packages: PackageData): void;
  /** Releases memory if there were no lookups for {@link IDLE} milliseconds. @returns whether memory was released */
  release(): boolean;
}

/**
 * Minimum interval between checks for changed databases, in milliseconds. Databases change often during installations.
 * {@link Packages.refresh} overrides the interval.
 */
const FRESH = 30_000;
/** Time without a lookup after which the memory is released, in milliseconds. */
const IDLE = 20_000;

/** Opens the package databases below a root. They are read at the first lookup and released when unused. */
export function openPackages(hostRoot: string): Packages {
  return new LoadedPackages(hostRoot);
}

class LoadedPackages implements Packages {
  private readonly root: string;
  private index: PackageIndex | undefined;
  private shared: PackageData | undefined;
  private checkedAt = Number.NEGATIVE_INFINITY;
  private askedAt = 0;

  constructor(root: string) {
    this.root = root;
  }

  get isPresent(): boolean {
    return packageVersion(new Root(this.root)) !== "";
  }

  ownerOf(path: string): PackageFile | undefined {
    const now = performance.now();
    this.askedAt = now;
    if (this.index === undefined || now - this.checkedAt > FRESH) this.load(now);
    return this.index?.lookup(path);
  }

  refresh(): void {
    this.checkedAt = Number.NEGATIVE_INFINITY;
  }

  share(packages: PackageData): void {
    this.shared = packages;
  }

  release(): boolean {
    if (this.index === undefined || performance.now() - this.askedAt <= IDLE) return false;
    this.index = undefined;
    return true;
  }

  private load(now: number): void {
    this.checkedAt = now;
    const root = new Root(this.root);
    const version = packageVersion(root);
    if (this.index?.version === version) return;
    const packages = this.shared?.version === version ? this.shared : readPackages(root, randomInt(2 ** 32));
    this.index = new PackageIndex(packages);
  }
}
