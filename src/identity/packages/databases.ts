import { apkMarkers, readApk } from "./apk.ts";
import { dpkgMarkers, readDpkg } from "./dpkg.ts";
import { type PackageFile, PathTable, type PathTableData } from "./path-table.ts";
import type { Root } from "./root.ts";
import { readRpm, rpmMarkers, rpmUnreadable } from "./rpm.ts";

/** A type of package database. */
interface Kind {
  readonly name: string;
  /** Files and directories that change when the database changes. */
  readonly markers: readonly string[];
  /** Database files in a format that is not supported. */
  readonly unreadable?: readonly string[];
  read(root: Root, seed: number): PathTableData;
}

const kinds: readonly Kind[] = [
  { name: "dpkg", markers: dpkgMarkers, read: readDpkg },
  { name: "apk", markers: apkMarkers, read: readApk },
  { name: "rpm", markers: rpmMarkers, unreadable: rpmUnreadable, read: readRpm },
];

/** The contents of the package databases below a root directory. Databases that cannot be read are missing. */
export interface PackageData {
  readonly tables: readonly PathTableData[];
  /** Version of all databases; see {@link packageVersion}. Empty if a database is locked, so that they are read again. */
  readonly version: string;
  /** One sentence for each database that cannot be read. */
  readonly faults: readonly string[];
  /** Whether a database is locked, and may be readable soon. Its packages are missing. */
  readonly isLocked: boolean;
}

/** A string that changes when a package is installed, changed or removed; "" if there is no database. */
export function packageVersion(root: Root): string {
  return root.version(kinds.flatMap(({ markers }) => markers));
}

/**
 * Reads the package databases below a root directory. Must be called in a worker, because it takes about half a second
 * for 130,000 paths.
 */
export function readPackages(root: Root, seed: number): PackageData {
  const version = packageVersion(root);
  const tables: PathTableData[] = [];
  const faults: string[] = [];
  let isLocked = false;
  for (const { name, markers, unreadable, read } of kinds) {
    try {
      if (root.version(markers) !== "") {
        const table = read(root, seed);
        if (table.size > 0) tables.push(table);
      } else if (unreadable !== undefined && root.version(unreadable) !== "") {
        faults.push(`Cannot read the package database of ${name}: only its SQLite format is supported.`);
      }
    } catch (error) {
      isLocked ||= isLock(error);
      const reason = error instanceof Error ? error.message : String(error);
      faults.push(`Cannot read the package database of ${name}: ${reason}.`);
    }
  }
  return { tables, version: isLocked ? "" : version, faults, isLocked };
}

/** Result code of SQLite (sqlite3.h); an error has more bits for details. */
const SQLITE_BUSY = 5;

function isLock(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

/**
 * Finds the package that owns a path. A lookup takes less than a microsecond, so the engine can make it for each event.
 */
export class PackageIndex {
  readonly version: string;
  private readonly tables: readonly PathTable[];

  constructor({ tables, version }: Pick<PackageData, "tables" | "version">) {
    this.tables = tables.map((table) => new PathTable(table));
    this.version = version;
  }

  /** Number of paths. */
  get size(): number {
    return this.tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** Returns the name of a package that owns a path; undefined if no package does. Allocates no memory. */
  package(path: string): string | undefined {
    for (const table of this.tables) {
      const name = table.package(path);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  /** Returns the package that owns a path, and the checksum that the package records for it. */
  lookup(path: string): PackageFile | undefined {
    for (const table of this.tables) {
      const found = table.lookup(path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
