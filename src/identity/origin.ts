import type { ProgramFacts } from "../machine/program.ts";
import type { Examined } from "./examine.ts";
import type { PackageIndex } from "./packages/databases.ts";

/** The facts of an examined executable. */
export function factsOf(path: string, examined: Examined, isStarting: boolean, packages: PackageIndex): ProgramFacts {
  const { hashes, isRootOnly } = examined;
  const sha256 = typeof hashes === "string" ? undefined : hashes.sha256;
  return { sha256, isRootOnly, ...origin(path, examined, isStarting, packages) };
}

type Origin = Pick<ProgramFacts, "package" | "isFromPackage">;

/**
 * Returns the package of an executable. Executables in containers have no package, because a container can write its
 * own package database.
 */
function origin(path: string, examined: Examined, isStarting: boolean, packages: PackageIndex): Origin {
  const { location, hashes, isUnlinked } = examined;
  if (location === "elsewhere" || packages.size === 0) return { package: undefined, isFromPackage: undefined };
  const owner = packages.lookup(path);
  if (owner === undefined) return { package: "", isFromPackage: false };
  if (location === "replaced") {
    // An upgrade can replace the file of a running program. If a program is just starting, its file was not replaced by
    // an upgrade.
    const isUpgraded = isUnlinked && !isStarting;
    return { package: owner.package, isFromPackage: isUpgraded ? undefined : false };
  }
  if (owner.isLink || hashes === "changed") return { package: owner.package, isFromPackage: false };
  const { checksum } = owner;
  // The maximum size for files of packages is larger than any packaged executable, so this file was changed.
  if (checksum !== undefined && hashes === "too_large") return { package: owner.package, isFromPackage: false };
  const hex = typeof hashes === "string" || checksum === undefined ? undefined : hashes[checksum.algorithm];
  return { package: owner.package, isFromPackage: hex === undefined ? undefined : hex === checksum?.hex };
}
