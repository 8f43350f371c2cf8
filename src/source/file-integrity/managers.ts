import { globSync, realpathSync, statSync } from "node:fs";
import { toByteString } from "../../event/bytes.ts";
import { logPrograms } from "./log-programs.ts";
import type { Manager } from "./messages.ts";
import type { Packages } from "./packages.ts";

/** Usual paths of package managers. */
const packageManagers = [
  "/usr/bin/dpkg",
  "/usr/sbin/dpkg-reconfigure",
  "/usr/bin/rpm",
  "/usr/bin/dnf",
  "/usr/bin/dnf-3",
  "/usr/bin/dnf5",
  "/usr/bin/microdnf",
  "/usr/bin/tdnf",
  "/usr/bin/yum",
  "/usr/bin/zypper",
  "/usr/libexec/packagekitd",
  "/usr/bin/rpm-ostree",
  "/sbin/apk",
  "/usr/sbin/apk",
  "/usr/bin/pacman",
  "/usr/lib/packagekit/packagekitd",
  "/usr/lib/snapd/snapd",
];

/** Package managers that no package owns: snapd can run from its own snap, which is a read-only file system. */
const unpackagedManagers = ["/snap/snapd/*/usr/lib/snapd/snapd"];

/**
 * Finds the programs whose changes are expected. Their executables must be owned by root and writable only by root. On
 * a machine with a package database, package managers and log programs must also belong to a package, except Kubernetes
 * programs, which are often installed without one, and the snap of snapd.
 * @param configured executables of configuration management
 */
export function findManagers(configured: readonly string[], hostRoot: string, packages: Packages): Manager[] {
  const prefix = hostRoot === "/" ? "" : hostRoot;
  const found: Manager[] = [];
  const isPackaged = (own: string, path: string): boolean =>
    !packages.isPresent || packages.ownerOf(own) !== undefined || packages.ownerOf(path) !== undefined;
  /** Adds the programs at a path; `*` matches any name. */
  function add(path: string, needsPackage: boolean, manager: Omit<Manager, "paths">): void {
    for (const match of path.includes("*") ? globSync(prefix + path) : [prefix + path]) {
      const own = trusted(match)?.slice(prefix.length);
      const given = toByteString(match.slice(prefix.length));
      if (own === undefined || (needsPackage && !isPackaged(own, given))) continue;
      found.push({ ...manager, paths: [...new Set([own, given])] });
    }
  }
  for (const path of packageManagers) add(path, true, { kind: "package" });
  for (const path of unpackagedManagers) add(path, false, { kind: "package" });
  for (const { path, below, needsPackage, anyArguments } of logPrograms)
    add(path, needsPackage, { kind: "logs", below, anyArguments });
  for (const path of configured) add(path, false, { kind: "configuration" });
  return found;
}

/** Returns the real path of an executable; undefined if users other than root can change it. */
function trusted(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    const { uid, mode } = statSync(real);
    const isWritableByOthers = (mode & 0o22) !== 0;
    return uid === 0 && !isWritableByOthers ? toByteString(real) : undefined;
  } catch {
    return undefined;
  }
}
