import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Effort, gzipped } from "./compress.ts";
import type { Architecture, Contents } from "./contents.ts";
import { cpio } from "./cpio.ts";
import {
  CACHE,
  CONFIGURATION,
  DESCRIPTION,
  DOCS,
  HOME,
  installedFiles,
  MANUAL,
  SUMMARY,
  textFile,
} from "./installed.ts";
import { capabilities, INTERPRETER, requirements } from "./rpm-dependencies.ts";
import { header, int16, int32, string, strings, translated, type Value } from "./rpm-header.ts";
import { FILE, SHA256, SIGNATURE, TAG } from "./rpm-tags.ts";
import { type Entry, modeOf, withFolders } from "./tar.ts";

/** RPM architectures, with the suffix of capabilities and the number in the lead (rpmrc). */
const architectures = {
  amd64: { name: "x86_64", isa: "x86-64", number: 1 },
  arm64: { name: "aarch64", isa: "aarch-64", number: 19 },
} as const satisfies Record<Architecture, unknown>;

const RELEASE = "1";
const LICENSES = "usr/share/licenses/eyas";
/** Directories that belong to the package. The directories above them belong to packages of the distribution. */
const OWN_FOLDERS = [HOME, DOCS, LICENSES, CACHE, "etc/eyas"];

/** Returns the name of the package file. */
export function rpmName(version: string, arch: Architecture): string {
  return `eyas-${versionOf(version)}-${RELEASE}.${architectures[arch].name}.rpm`;
}

/**
 * Returns the version in the notation of RPM: a tilde sorts before the end of the text, like the hyphen of a
 * pre-release.
 */
function versionOf(version: string): string {
  const text = version.replace("-", "~").replaceAll("-", ".");
  if (!/^[\w.+~]+$/.test(text)) throw new Error(`${version} is not a valid version of an RPM package.`);
  return text;
}

/**
 * Builds an RPM package in version 4 of the format, which rpm 4.14 and newer can read. The payload is compressed with gzip,
 * which every version of rpm supports.
 * @param time time of all files, in seconds since the epoch
 * @throws RangeError if the files have 4 GiB or more
 */
export function rpmPackage(
  root: string,
  contents: Contents,
  arch: Architecture,
  time: number,
  effort?: Effort,
): Buffer {
  const version = versionOf(contents.version);
  const entries = withFolders(filesOf(root, contents, time)).filter(isOwn);
  const archive = cpio(entries, time, "./");
  const payload = gzipped(archive, effort);
  const main = header(
    "immutable",
    new Map([
      ...descriptionTags(version, contents.terms, arch, time),
      ...scriptTags(root),
      ...fileTags(entries, time),
      ...requirements(entries, `${version}-${RELEASE}`),
      ...capabilities(`${version}-${RELEASE}`, architectures[arch].isa),
      [TAG.PAYLOADFORMAT, string("cpio")],
      [TAG.PAYLOADCOMPRESSOR, string("gzip")],
      [TAG.PAYLOADFLAGS, string("9")],
      [TAG.PAYLOADDIGEST, strings([sha256(payload)])],
      [TAG.PAYLOADDIGESTALGO, int32([SHA256])],
      [TAG.PAYLOADDIGESTALT, strings([sha256(archive)])],
    ]),
  );
  const signatures = header(
    "signatures",
    new Map([
      [SIGNATURE.SHA256, string(sha256(main))],
      [SIGNATURE.SIZE, int32([main.length + payload.length])],
      [SIGNATURE.PAYLOADSIZE, int32([archive.length])],
    ]),
  );
  const gap = Buffer.alloc((8 - (signatures.length % 8)) % 8);
  return Buffer.concat([lead(version, arch), signatures, gap, main, payload]);
}

function filesOf(root: string, contents: Contents, time: number): Entry[] {
  return [
    ...installedFiles(root, contents, time, "usr/share/zsh/site-functions"),
    textFile(`${LICENSES}/LICENSE`, readFileSync(join(root, "LICENSE"))),
    textFile(`${LICENSES}/third-party-licenses.txt`, contents.licenses),
  ];
}

function isOwn(entry: Entry): boolean {
  return !("folder" in entry) || OWN_FOLDERS.some((own) => entry.path === own || entry.path.startsWith(`${own}/`));
}

/** Returns the lead, of which rpm reads only the magic number. */
function lead(version: string, arch: Architecture): Buffer {
  const block = Buffer.alloc(96);
  block.write("edabeedb0300", "hex");
  block.writeUInt16BE(architectures[arch].number, 8);
  block.write(`eyas-${version}-${RELEASE}`.slice(0, 65), 10, "latin1");
  block.writeUInt16BE(1, 76); // Linux
  block.writeUInt16BE(5, 78); // with a signature header
  return block;
}

function descriptionTags(
  version: string,
  terms: readonly string[],
  arch: Architecture,
  time: number,
): [number, Value][] {
  return [
    [TAG.HEADERI18NTABLE, strings(["C"])],
    [TAG.NAME, string("eyas")],
    [TAG.VERSION, string(version)],
    [TAG.RELEASE, string(RELEASE)],
    [TAG.SUMMARY, translated(`${SUMMARY.slice(0, 1).toUpperCase()}${SUMMARY.slice(1)}`)],
    [TAG.DESCRIPTION, translated(DESCRIPTION.join("\n"))],
    [TAG.BUILDTIME, int32([time])],
    [TAG.BUILDHOST, string("localhost")],
    [TAG.VENDOR, string("The Eyas authors")],
    [TAG.LICENSE, string(terms.map((one) => (/ (?:OR|WITH) /.test(one) ? `(${one})` : one)).join(" AND "))],
    [TAG.GROUP, translated("Unspecified")],
    [TAG.OS, string("linux")],
    [TAG.ARCH, string(architectures[arch].name)],
    [TAG.ENCODING, string("utf-8")],
    // Without it, rpm would take the package for a source package.
    [TAG.SOURCERPM, string(`eyas-${version}-${RELEASE}.src.rpm`)],
  ];
}

function scriptTags(root: string): [number, Value][] {
  const script = (name: string): Value => string(readFileSync(join(root, "deploy/rpm", name), "utf8"));
  return [
    [TAG.PREIN, script("pre")],
    [TAG.POSTIN, script("post")],
    [TAG.PREUN, script("preun")],
    [TAG.POSTUN, script("postun")],
    [TAG.POSTTRANS, script("posttrans")],
    ...[TAG.PREINPROG, TAG.POSTINPROG, TAG.PREUNPROG, TAG.POSTUNPROG, TAG.POSTTRANSPROG].map((tag): [number, Value] => [
      tag,
      string(INTERPRETER),
    ]),
  ];
}

/** Returns the tags with an element for each file. */
function fileTags(entries: readonly Entry[], time: number): [number, Value][] {
  const folders = [...new Set(entries.map(({ path }) => folderOf(path)))];
  const each = <T>(value: (entry: Entry, at: number) => T): T[] => entries.map(value);
  const sizes = each((entry) =>
    "content" in entry ? entry.content.length : "target" in entry ? entry.target.length : 0,
  );
  return [
    [TAG.SIZE, int32([sizes.reduce((sum, size) => sum + size, 0)])],
    [TAG.FILESIZES, int32(sizes)],
    [TAG.FILEMODES, int16(each(modeOf))],
    [TAG.FILERDEVS, int16(each(() => 0))],
    [TAG.FILEMTIMES, int32(each(() => time))],
    [TAG.FILEDIGESTS, strings(each((entry) => ("content" in entry ? sha256(entry.content) : "")))],
    [TAG.FILEDIGESTALGO, int32([SHA256])],
    [TAG.FILELINKTOS, strings(each((entry) => ("target" in entry ? entry.target : "")))],
    [TAG.FILEFLAGS, int32(each(({ path }) => flagsOf(path)))],
    [TAG.FILEUSERNAME, strings(each(() => "root"))],
    [TAG.FILEGROUPNAME, strings(each(() => "root"))],
    // All attributes are verified.
    [TAG.FILEVERIFYFLAGS, int32(each(() => 0xffffffff))],
    [TAG.FILEDEVICES, int32(each(() => 1))],
    [TAG.FILEINODES, int32(each((_, at) => at + 1))],
    [TAG.FILELANGS, strings(each(() => ""))],
    [TAG.DIRINDEXES, int32(each(({ path }) => folders.indexOf(folderOf(path))))],
    [TAG.BASENAMES, strings(each(({ path }) => path.slice(path.lastIndexOf("/") + 1)))],
    [TAG.DIRNAMES, strings(folders.map((folder) => `/${folder}`))],
  ];
}

/** Returns the directory of a path, with a slash at the end. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function flagsOf(path: string): number {
  if (path === CONFIGURATION.path) return FILE.CONFIG | FILE.NOREPLACE;
  if (path === MANUAL) return FILE.DOC;
  return path.startsWith(`${LICENSES}/`) ? FILE.LICENSE : 0;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
