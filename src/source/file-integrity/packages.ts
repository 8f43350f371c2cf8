import { randomInt } from "node:crypto";
import { type PackageData, PackageIndex, packageVersion, readPackages } from "../../identity/packages/databases.ts";
import type { PackageFile } from "../../identity/packages/path-table.ts";
import { Root } from "../../identity/packages/root.ts";

/** The package databases of a machine. Paths are byte strings. */
export interface Packages {
  /** Whether the machine has one. */
  readonly isPresent: boolean;
  /** The package that owns a path, and the checksum that it records. */
  ownerOf(path: string): PackageFile | undefined;
  /** Reads the databases again at the next question, if they have changed. */
  refresh(): void;
  /** Uses packages that another worker has read, as long as the databases are those. */
  share(packages: PackageData): void;
  /** Releases memory after a time without questions. @returns whether it did */
  release(): boolean;
}

/** Milliseconds for which changed databases are not read again, unless {@link Packages.refresh} is called; they change often while packages are installed. */
const FRESH = 30_000;
/** Milliseconds without a question after which the memory is released. */
const IDLE = 20_000;

/** The package databases below a root. They are in memory only while files change. */
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
