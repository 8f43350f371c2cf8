import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { LockedPackage } from "./lock.ts";
import { readTar } from "./tar.ts";

/** A file of a package, by its path in the package. */
export interface PackageFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Directory of the repository for downloaded packages. */
export const DOWNLOADS = ".cache/packages";

/** Matches files that Node.js loads. */
const LOADED = /\.(?:[cm]?js|json|node|wasm|proto)$/;
/** Node.js itself, which is in the packages node-linux-*. */
const NODE = "bin/node";
/**
 * Matches directories of packages that are not used at run time: tests, documentation, examples, benchmarks, and native
 * code for a C library that Node.js does not use.
 */
const UNUSED = /^(?:test|tests|__tests__|docs?|examples?|bench|benchmarks?)\/|^musl_/;
/** Matches files with license texts, which must be distributed with the package. */
const LEGAL = /^(?:licen[cs]e|copying|notice)[^/]*$/i;

/** Whether a file of a package is shipped. */
export function isShipped(path: string): boolean {
  return path === NODE || (LOADED.test(path) && !UNUSED.test(path));
}

/** Whether a file contains license terms. */
export function isLegal(path: string): boolean {
  return LEGAL.test(path) && !/\.[cm]?js$/.test(path);
}

/** The files of packages, read from the archives of the registry, since installed files can have been changed. */
export interface PackageArchives {
  /**
   * Returns the files of a package that are shipped or legal texts, sorted by path.
   * @throws if the hash differs from the lock file
   */
  filesOf(one: LockedPackage): PackageFile[];
}

/**
 * Finds the archives of packages in the cache of npm. Missing archives, such as packages for other processors, are
 * downloaded into `folder`.
 * @throws if npm cannot download an archive
 */
export function openArchives(packages: readonly LockedPackage[], folder: string): PackageArchives {
  const cached = join(cacheOfNpm(), "_cacache/content-v2/sha512");
  const placeOf = (one: LockedPackage): string => {
    const hash = Buffer.from(one.sha512, "base64").toString("hex");
    const known = join(cached, hash.slice(0, 2), hash.slice(2, 4), hash.slice(4));
    return existsSync(known)
      ? known
      : join(folder, `${one.name.replace("@", "").replaceAll("/", "-")}-${one.version}.tgz`);
  };
  const absent = packages.filter((one) => !existsSync(placeOf(one)));
  if (absent.length > 0) download(absent, folder);
  return {
    filesOf(one) {
      const place = placeOf(one);
      const archive = readFileSync(place);
      if (createHash("sha512").update(archive).digest("base64") !== one.sha512)
        throw new Error(
          `The hash of ${place} differs from the hash of ${one.name} in package-lock.json; remove the file and try again.`,
        );
      return readTar(gunzipSync(archive))
        .filter(({ type }) => type === "file")
        .map(({ path, content }) => ({ path: pathIn(path, one), content }))
        .filter(({ path }) => isShipped(path) || isLegal(path))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

/** Returns the path in the package, without the top-level directory of the archive. */
function pathIn(path: string, { name }: LockedPackage): string {
  const inside = path.replace(/^[^/]+\//, "");
  if (inside.startsWith("/") || inside.split("/").includes(".."))
    throw new Error(`The archive of ${name} has ${path}.`);
  return inside;
}

function cacheOfNpm(): string {
  const { npm_config_cache: given } = process.env;
  return given || execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();
}

function download(packages: readonly LockedPackage[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  const names = packages.map(({ name, version }) => `${name}@${version}`);
  const options = ["--pack-destination", folder, "--ignore-scripts", "--loglevel", "error"];
  const { status, stderr } = spawnSync("npm", ["pack", ...options, ...names], { encoding: "utf8" });
  if (status !== 0) throw new Error(`npm cannot download ${names.join(", ")}: ${stderr.trim()}`);
}
