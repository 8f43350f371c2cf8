import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { LockedPackage } from "./lock.ts";
import { readTar } from "./tar.ts";

/** A file of a package, by its path in it. */
export interface PackageFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Files that Node.js loads. */
const LOADED = /\.(?:[cm]?js|json|node|wasm|proto)$/;
/** Node.js itself, in the packages node-linux-*. */
const NODE = "bin/node";
/** Folders of packages without use at run time, tests, and native code for another C library than that of Node.js. */
const UNUSED = /^(?:test|tests|__tests__|docs?|examples?|bench|benchmarks?)\/|^musl_/;
/** Texts that licenses require to be distributed. */
const LEGAL = /^(?:licen[cs]e|copying|notice)[^/]*$/i;

/** Whether a file of a package is shipped. */
export function isShipped(path: string): boolean {
  return path === NODE || (LOADED.test(path) && !UNUSED.test(path));
}

/** Whether a file contains terms of a license. */
export function isLegal(path: string): boolean {
  return LEGAL.test(path) && !/\.[cm]?js$/.test(path);
}

/**
 * Files of a package that are shipped or legal texts, sorted by path. Packages for other processors are not installed: npm downloads
 * them into `cache`, and their hash is compared with that of the lock file.
 * @throws if it is neither installed nor in the registry, or its hash differs
 */
export function filesOfPackage(root: string, one: LockedPackage, cache: string): PackageFile[] {
  const folder = join(root, one.folder);
  const files = existsSync(folder) ? installed(folder) : downloaded(one, cache);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function installed(folder: string): PackageFile[] {
  const files: PackageFile[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = `${below}${entry.name}`;
      if (entry.isDirectory() && entry.name !== "node_modules") walk(`${path}/`);
      if (entry.isFile() && (isShipped(path) || isLegal(path)))
        files.push({ path, content: readFileSync(join(folder, path)) });
    }
  };
  walk("");
  return files;
}

function downloaded(one: LockedPackage, cache: string): PackageFile[] {
  return readTar(gunzipSync(archiveOf(one, cache)))
    .filter(({ type }) => type === "file")
    .map(({ path, content }) => ({ path: path.replace(/^[^/]+\//, ""), content }))
    .filter(({ path }) => isShipped(path) || isLegal(path));
}

function archiveOf({ name, version, sha512 }: LockedPackage, cache: string): Buffer {
  const file = join(cache, `${name.replace("@", "").replaceAll("/", "-")}-${version}.tgz`);
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true });
    const spec = [`${name}@${version}`, "--pack-destination", cache, "--ignore-scripts", "--loglevel", "error"];
    const { status, stderr } = spawnSync("npm", ["pack", ...spec], { encoding: "utf8" });
    if (status !== 0) throw new Error(`npm cannot download ${name}: ${stderr.trim()}`);
  }
  const archive = readFileSync(file);
  if (createHash("sha512").update(archive).digest("base64") !== sha512)
    throw new Error(`${file} has another hash than ${name} in package-lock.json; remove it and try again.`);
  return archive;
}
