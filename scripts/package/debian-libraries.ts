import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAr } from "./ar.ts";
import type { Architecture } from "./contents.ts";
import { type Entry, readTar } from "./tar.ts";

/** A Debian binary package, pinned by the hashes of its files. */
export interface DebianPackage {
  readonly name: string;
  /** Source package. */
  readonly source: string;
  readonly version: string;
  /** License of the files that are taken from the package, as an SPDX expression. */
  readonly license: string;
  /** SHA-256 of the package file, in hexadecimal. */
  readonly sha256: Readonly<Record<Architecture, string>>;
}

/** The Debian release of the packages. Its archive changes less often than the archive of the current release. */
export const debianRelease = { codename: "bookworm", version: "12" } as const;

const GCC = { source: "gcc-12", version: "12.2.0-14+deb12u1", license: "GPL-3.0-or-later WITH GCC-exception-3.1" };

/** The packages with the libraries of Node.js and of koffi, and with their license texts. */
export const debianPackages: readonly DebianPackage[] = [
  {
    ...{ name: "libc6", source: "glibc", version: "2.36-9+deb12u14", license: "LGPL-2.1-or-later" },
    sha256: {
      amd64: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
      arm64: "01f4330719fd4f65580e16ea5a0527f372fca750e8f588d26deaf09f2d3b1cf4",
    },
  },
  {
    ...{ name: "libgcc-s1", ...GCC },
    sha256: {
      amd64: "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
      arm64: "576926b283613db80168ddf76380a3bd877602778cf0d226caa7bfbfa71eacf3",
    },
  },
  {
    ...{ name: "libstdc++6", ...GCC },
    sha256: {
      amd64: "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
      arm64: "26e138c677a985775331373828a6c286c551ff397cb735d00e2383cb273d1cb2",
    },
  },
  {
    ...{ name: "gcc-12-base", ...GCC },
    sha256: {
      amd64: "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
      arm64: "674cf6cba6d432bd200c45fe866c1652c7a53523cc2e7a613e05bc4abf7b5440",
    },
  },
];

/**
 * Debian archives, in the order in which they are tried. The second one also has packages that were replaced. The
 * hashes are verified, so the transport does not have to be secure.
 */
const ARCHIVES = ["http://deb.debian.org/debian", "https://snapshot.debian.org/archive/debian/20261101T000000Z"];
/** Limits of a download and of an unpacked package, in bytes, and of the time for a download, in milliseconds. */
const [MOST, MOST_UNPACKED, TIMEOUT] = [32 << 20, 256 << 20, 120_000];

/** Matches the libraries that Node.js and koffi are linked with, the loader, and license texts. */
const USED =
  /\/(?:ld-linux-[^/]+\.so\.\d|lib(?:c|dl|m|pthread|gcc_s)\.so\.\d|libstdc\+\+\.so\.[\d.]+)$|^usr\/share\/doc\/[^/]+(?:\/copyright)?$/;

/**
 * Returns the shared libraries that Node.js requires, with their license texts and package descriptions, by their paths
 * in a root file system.
 * @param folder cache of downloads
 * @param archives URLs of archives; by default, the URL in the environment variable DEBIAN_MIRROR and the archives of
 * Debian
 * @throws if a package cannot be downloaded or unpacked, or if its hash is not the expected one
 */
export async function debianLibraries(
  arch: Architecture,
  folder: string,
  archives: readonly string[] = [...(process.env.DEBIAN_MIRROR ? [process.env.DEBIAN_MIRROR] : []), ...ARCHIVES],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const one of debianPackages) entries.push(...unpacked(one, await packageFile(one, arch, folder, archives)));
  return entries;
}

/** Returns the names of package files that are not in the cache, or that are damaged. */
export function missingLibraries(arch: Architecture, folder: string): string[] {
  return debianPackages.filter((one) => cachedFile(one, arch, folder) === undefined).map((one) => fileName(one, arch));
}

function fileName({ name, version }: DebianPackage, arch: Architecture): string {
  return `${name}_${version}_${arch}.deb`;
}

function cachedFile(one: DebianPackage, arch: Architecture, folder: string): Buffer | undefined {
  const place = join(folder, fileName(one, arch));
  const content = existsSync(place) ? readFileSync(place) : undefined;
  return content !== undefined && isExpected(content, one, arch) ? content : undefined;
}

function isExpected(content: Buffer, { sha256 }: DebianPackage, arch: Architecture): boolean {
  return createHash("sha256").update(content).digest("hex") === sha256[arch];
}

async function packageFile(
  one: DebianPackage,
  arch: Architecture,
  folder: string,
  archives: readonly string[],
): Promise<Buffer> {
  const cached = cachedFile(one, arch, folder);
  if (cached !== undefined) return cached;
  const name = fileName(one, arch);
  const place = join(folder, name);
  const failures: string[] = [];
  for (const archive of archives) {
    const url = `${archive}/pool/main/${one.source.slice(0, 1)}/${one.source}/${encodeURIComponent(name)}`;
    try {
      const content = await download(url);
      if (!isExpected(content, one, arch))
        throw new Error("the hash differs from that in scripts/package/debian-libraries.ts");
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${place}.${process.pid}`, content);
      renameSync(`${place}.${process.pid}`, place);
      return content;
    } catch (error) {
      failures.push(`${url}: ${reason(error)}`);
    }
  }
  throw new Error(
    `Cannot download ${name}, which the container image contains: ${failures.join("; ")}. ` +
      `Place the file in ${folder}, set DEBIAN_MIRROR to the URL of a mirror, or omit the image with --no-image.`,
  );
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    if (size > MOST) throw new Error(`the file is larger than ${MOST >> 20} MiB`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Returns the message of an error with the message of its cause, since the message of `fetch` is only "fetch failed".
 */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** Returns the used files of a package, and its description where scanners look for it in images without dpkg. */
function unpacked({ name }: DebianPackage, file: Buffer): Entry[] {
  const members = new Map(readAr(file).map((member) => [member.name, member.content]));
  const archive = (member: string) =>
    readTar(xz(members.get(member), name)).map((entry) => ({ ...entry, path: entry.path.replace(/^\.\//, "") }));
  const files = archive("data.tar.xz")
    .filter(({ path, type }) => type !== "folder" && USED.test(path))
    .map(({ path, type, mode, target, content }) => (type === "link" ? { path, target } : { path, mode, content }));
  const description = archive("control.tar.xz").find(({ path }) => path === "control");
  if (description === undefined || files.length === 0)
    throw new Error(`The Debian package ${name} does not contain the expected files.`);
  return [...files, { path: `var/lib/dpkg/status.d/${name}`, mode: 0o644, content: description.content }];
}

function xz(input: Buffer | undefined, name: string): Buffer {
  if (input === undefined) throw new Error(`The Debian package ${name} is not compressed with xz.`);
  const { status, stdout, stderr, error } = spawnSync("xz", ["-dc"], { input, maxBuffer: MOST_UNPACKED });
  if (status !== 0)
    throw new Error(
      `Cannot unpack the Debian package ${name} with xz (package xz-utils): ${error?.message ?? stderr.toString().trim()}`,
    );
  return stdout;
}
