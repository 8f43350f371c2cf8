import { realpathSync, statSync } from "node:fs";
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
];

/**
 * Finds the programs whose changes are expected. Their executables must be owned by root and writable only by root. On
 * a machine with a package database, package managers and log programs must also belong to a package, except Kubernetes
 * programs, which are often installed without one.
 * @param configured executables of configuration management
 */
export function findManagers(configured: readonly string[], hostRoot: string, packages: Packages): Manager[] {
  const prefix = hostRoot === "/" ? "" : hostRoot;
  const found: Manager[] = [];
  const isPackaged = (own: string, path: string): boolean =>
    !packages.isPresent || packages.ownerOf(own) !== undefined || packages.ownerOf(path) !== undefined;
  for (const path of packageManagers) {
    const real = trusted(prefix + path);
    const own = real?.slice(prefix.length);
    if (own !== undefined && isPackaged(own, path)) found.push({ kind: "package", paths: [...new Set([own, path])] });
  }
  for (const { path, below, needsPackage, anyArguments } of logPrograms) {
    const real = trusted(prefix + path);
    const own = real?.slice(prefix.length);
    if (own !== undefined && (!needsPackage || isPackaged(own, path)))
      found.push({ kind: "logs", paths: [...new Set([own, path])], below, anyArguments });
  }
  for (const path of configured) {
    const real = trusted(prefix + path);
    if (real !== undefined)
      found.push({ kind: "configuration", paths: [...new Set([real.slice(prefix.length), toByteString(path)])] });
  }
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
