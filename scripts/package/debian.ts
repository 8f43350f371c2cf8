import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ar } from "./ar.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { type Effort, gzipped, zstandard } from "./compress.ts";
import type { Architecture, Contents } from "./contents.ts";
import { manualPage } from "./manual.ts";
import { type Entry, type FileEntry, tar, withFolders } from "./tar.ts";

const HOME = "usr/lib/eyas";
const DOCS = "usr/share/doc/eyas";
const CACHE = "var/cache/eyas";
/** Readable only by root, since configurations contain secrets. */
const CONFIGURATION = { path: "etc/eyas/eyas.yaml", mode: 0o640 } as const;
const SCRIPTS = ["postinst", "prerm", "postrm"] as const;

/** Library versions that Node.js 24 requires, judging by the symbols that it imports. */
const DEPENDS = ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 5.2)"];

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

function filesOf(root: string, { entries, sbom, licenses, commands, version }: Contents, time: number): Entry[] {
  const file = (path: string, content: string | Buffer, mode = 0o644): FileEntry => ({
    path,
    mode,
    content: Buffer.from(content),
  });
  const own = readFileSync(join(root, "LICENSE"), "utf8");
  return [
    ...entries.map((entry) => ({ ...entry, path: `${HOME}/${entry.path}` })),
    { path: "usr/bin/eyas", target: "../lib/eyas/bin/eyas" },
    // bin/eyas keeps compiled code in `.cache`, which would otherwise remain in the folder of the program.
    { path: `${HOME}/.cache`, target: `/${CACHE}` },
    { path: CACHE, mode: 0o700, folder: true },
    { path: "etc/eyas/rules.d", mode: 0o755, folder: true },
    file(CONFIGURATION.path, readFileSync(join(root, "deploy/eyas.yaml")), CONFIGURATION.mode),
    file("usr/lib/systemd/system/eyas.service", readFileSync(join(root, "deploy/systemd/eyas.service"))),
    file(`${DOCS}/copyright`, `${own}\n\nPackages that are part of this program:\n\n${licenses}`),
    file(`${DOCS}/sbom.cdx.json`, sbom),
    file("usr/share/man/man1/eyas.1.gz", gzipped(Buffer.from(manualPage(commands, version, time)))),
    file("usr/share/bash-completion/completions/eyas", bashCompletion(commands)),
    file("usr/share/zsh/vendor-completions/_eyas", zshCompletion(commands)),
    file("usr/share/fish/vendor_completions.d/eyas.fish", fishCompletion(commands)),
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
    "Description: runtime security for cloud-native machines",
    " Monitors system calls, Kubernetes audit events, and events of network IDS and",
    " firewalls, evaluates them against rules, and raises alerts. Reads the rules,",
    " the configuration and the captures of Falco. Contains Node.js.",
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
