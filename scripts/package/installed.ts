// Content that Debian and RPM packages share: the installed files, and the description.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { gzipped } from "./compress.ts";
import type { Contents } from "./contents.ts";
import { manualPage } from "./manual.ts";
import type { Entry, FileEntry } from "./tar.ts";

/** The directory of the program. */
export const HOME = "usr/lib/eyas";
export const DOCS = "usr/share/doc/eyas";
export const CACHE = "var/cache/eyas";
/** Readable only by root, since configurations contain secrets. */
export const CONFIGURATION = { path: "etc/eyas/eyas.yaml", mode: 0o640 } as const;
export const MANUAL = "usr/share/man/man1/eyas.1.gz";

export const SUMMARY = "runtime security for cloud-native machines";
export const DESCRIPTION: readonly string[] = [
  "Monitors system calls, Kubernetes audit events, and events of network IDS and",
  "firewalls, evaluates them against rules, and raises alerts. Reads the rules,",
  "the configuration and the captures of Falco. Contains Node.js.",
];

/**
 * Returns the files that are installed on all distributions.
 * @param time time of the commit, in seconds since the epoch
 * @param zsh directory of zsh for completions from packages
 */
export function installedFiles(root: string, contents: Contents, time: number, zsh: string): Entry[] {
  const { entries, sbom, commands, version } = contents;
  return [
    ...entries.map((entry) => ({ ...entry, path: `${HOME}/${entry.path}` })),
    { path: "usr/bin/eyas", target: "../lib/eyas/bin/eyas" },
    // bin/eyas keeps compiled code in `.cache`, which would otherwise remain in the directory of the program.
    { path: `${HOME}/.cache`, target: `/${CACHE}` },
    { path: CACHE, mode: 0o700, folder: true },
    { path: "etc/eyas/rules.d", mode: 0o755, folder: true },
    { ...textFile(CONFIGURATION.path, readFileSync(join(root, "deploy/eyas.yaml"))), mode: CONFIGURATION.mode },
    textFile("usr/lib/systemd/system/eyas.service", readFileSync(join(root, "deploy/systemd/eyas.service"))),
    textFile(`${HOME}/take-over.sh`, readFileSync(join(root, "deploy/systemd/take-over.sh"))),
    textFile(`${DOCS}/sbom.cdx.json`, sbom),
    textFile(MANUAL, gzipped(Buffer.from(manualPage(commands, version, time)))),
    textFile("usr/share/bash-completion/completions/eyas", bashCompletion(commands)),
    textFile(`${zsh}/_eyas`, zshCompletion(commands)),
    textFile("usr/share/fish/vendor_completions.d/eyas.fish", fishCompletion(commands)),
  ];
}

/** Returns a file that all users can read. */
export function textFile(path: string, content: string | Buffer): FileEntry {
  return { path, mode: 0o644, content: Buffer.from(content) };
}
