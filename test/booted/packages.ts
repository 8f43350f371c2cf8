// Packages of this program, in two versions.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildParts, contentsFor } from "../../scripts/package/contents.ts";
import { debianPackage } from "../../scripts/package/debian.ts";
import { ownArchitecture } from "../../scripts/package/image.fixture.ts";
import { rpmName, rpmPackage } from "../../scripts/package/rpm.ts";
import type { Entry } from "../../scripts/package/tar.ts";

const home = resolve(import.meta.dirname, "../..");
const TIME = 1_700_000_000;

/** A package. */
export interface Package {
  readonly version: string;
  readonly file: string;
}

/** Builds Debian packages, the older version first. */
export function buildDebian(folder: string): Promise<readonly [Package, Package]> {
  const name = (version: string): string => `eyas_${version}_${ownArchitecture}.deb`;
  return buildVersions(folder, name, debianPackage);
}

/** Builds RPM packages, the older version first. */
export function buildRpm(folder: string): Promise<readonly [Package, Package]> {
  return buildVersions(folder, (version) => rpmName(version, ownArchitecture), rpmPackage);
}

async function buildVersions(
  folder: string,
  nameOf: (version: string) => string,
  build: typeof debianPackage,
): Promise<readonly [Package, Package]> {
  const built = await buildParts(home);
  const make = (version: string, entries: readonly Entry[]): Package => {
    const contents = contentsFor(home, { ...built, entries, version }, ownArchitecture, TIME);
    const file = join(folder, nameOf(version));
    writeFileSync(file, build(home, contents, ownArchitecture, TIME, "least"));
    return { version, file };
  };
  const version = `${built.version}+1`;
  return [
    make(built.version, built.entries),
    make(
      version,
      built.entries.map((entry) => renewed(entry, version)),
    ),
  ];
}

/** The hash in the name of a part of the bundle. */
const HASH = /-([0-9A-Z]{8})(?=\.mjs\b)/g;

/**
 * Returns an entry as it is in the newer version, in which parts of the bundle have other names, as in each new
 * version.
 */
function renewed(entry: Entry, version: string): Entry {
  if (!("content" in entry)) return entry;
  if (entry.path === "package.json")
    return { ...entry, content: Buffer.from(JSON.stringify({ ...JSON.parse(entry.content.toString()), version })) };
  if (!entry.path.startsWith("built/")) return entry;
  const content = Buffer.from(entry.content.toString().replaceAll(HASH, "-$1NEW"));
  return { ...entry, path: entry.path.replaceAll(HASH, "-$1NEW"), content };
}
