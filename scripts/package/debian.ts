import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ar } from "./ar.ts";
import { type Effort, zstandard } from "./compress.ts";
import type { Architecture, Contents } from "./contents.ts";
import { CONFIGURATION, DESCRIPTION, DOCS, installedFiles, SUMMARY, textFile } from "./installed.ts";
import { type Entry, tar, withFolders } from "./tar.ts";

const SCRIPTS = ["postinst", "prerm", "postrm"] as const;

/** Library versions that Node.js 24 requires, according to the symbols that it imports. */
const DEPENDS = ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 7)"];

/**
 * Builds a Debian package (deb(5)).
 * @param time time of all files, in seconds since the epoch
 */
export function debianPackage(
  root: string,
  contents: Contents,
  arch: Architecture,
  time: number,
  effort?: Effort,
): Buffer {
  const entries = withFolders(filesOf(root, contents, time));
  const control: Entry[] = [
    { path: "control", mode: 0o644, content: Buffer.from(controlFile(contents.version, arch, entries)) },
    { path: "conffiles", mode: 0o644, content: Buffer.from(`/${CONFIGURATION.path}\n`) },
    { path: "md5sums", mode: 0o644, content: Buffer.from(checksums(entries)) },
    ...SCRIPTS.map((path) => ({ path, mode: 0o755, content: readFileSync(join(root, "deploy/debian", path)) })),
  ];
  return ar(
    [
      { name: "debian-binary", content: Buffer.from("2.0\n") },
      { name: "control.tar.zst", content: zstandard(tar(control, time, "./"), effort) },
      { name: "data.tar.zst", content: zstandard(tar(entries, time, "./"), effort) },
    ],
    time,
  );
}

function filesOf(root: string, contents: Contents, time: number): Entry[] {
  const own = readFileSync(join(root, "LICENSE"), "utf8");
  const copyright = `${own}\n\nPackages that are part of this program:\n\n${contents.licenses}`;
  return [
    ...installedFiles(root, contents, time, "usr/share/zsh/vendor-completions"),
    textFile(`${DOCS}/copyright`, copyright),
  ];
}

function controlFile(version: string, arch: Architecture, entries: readonly Entry[]): string {
  const kibibytes = entries.map((entry) => ("content" in entry ? Math.ceil(entry.content.length / 1024) : 1));
  return [
    "Package: eyas",
    `Version: ${version}`,
    `Architecture: ${arch}`,
    "Maintainer: The Eyas authors <eyas@localhost>",
    `Installed-Size: ${kibibytes.reduce((sum, size) => sum + size, 0)}`,
    `Depends: ${DEPENDS.join(", ")}`,
    "Section: admin",
    "Priority: optional",
    `Description: ${SUMMARY}`,
    ...DESCRIPTION.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** Returns the MD5 sums of the files that users do not change, for `dpkg --verify`. */
function checksums(entries: readonly Entry[]): string {
  return entries
    .flatMap((entry) => ("content" in entry && entry.path !== CONFIGURATION.path ? [entry] : []))
    .map(({ path, content }) => `${createHash("md5").update(content).digest("hex")}  ${path}\n`)
    .join("");
}
