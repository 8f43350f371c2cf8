// Finds and installs packages of Debian and Ubuntu, including packages that are only in Debian's backports.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Output of an apt program. */
interface Said {
  readonly ok: boolean;
  readonly text: string;
}

/** Waits up to five minutes for another apt process to end. */
const WAIT = ["-o", "DPkg::Lock::Timeout=300"];

function apt(program: "apt-get" | "apt-cache", ...words: readonly string[]): Said {
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env, maxBuffer: 2 ** 28 });
  return { ok: status === 0, text: `${stdout}\n${stderr}` };
}

/** Downloads the lists of packages. @returns the reason if it fails */
export function update(...options: readonly string[]): string | undefined {
  const said = apt("apt-get", "update", "-q", ...WAIT, ...options);
  return said.ok ? undefined : reasonIn(said.text);
}

/** Returns the packages that can be installed. */
export function candidates(names: readonly string[], ...options: readonly string[]): Set<string> {
  return new Set(readPolicy(apt("apt-cache", "policy", ...options, ...names).text));
}

/** Returns the packages with a candidate in the output of `apt-cache policy`. */
export function readPolicy(text: string): string[] {
  return [...text.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (.*)$/gm)]
    .filter(([, , candidate]) => candidate !== "(none)")
    .map(([, name = ""]) => name);
}

/** Installs packages. @returns the reason given by apt if it fails */
export function install(names: readonly string[], ...options: readonly string[]): string | undefined {
  const said = apt("apt-get", "install", "-q", "-y", "--no-install-recommends", ...WAIT, ...options, ...names);
  return said.ok ? undefined : reasonIn(said.text);
}

/** Returns the line with the error in the output of apt or dpkg. */
export function reasonIn(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const unmet = lines.find((line) => /Depends: .* but /.test(line));
  const error = lines.find((line) => /^(E:|dpkg: error)/.test(line)) ?? lines.findLast((line) => line !== "");
  return unmet ?? error ?? "apt-get printed no error";
}

/** The source of Debian's own packages. */
export interface MainSource {
  readonly codename: string;
  /** URL of the mirror. */
  readonly uri: string;
  /** The file that lists the source. */
  readonly file: string;
  readonly index: number;
}

const TARGETS = "$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)";

/** Returns Debian's main suite from the output of `apt-get indextargets` in the format `TARGETS`. */
export function readTargets(text: string): MainSource | undefined {
  for (const line of text.split("\n")) {
    const [by, origin, label, codename = "", component, uri = "", entry = ""] = line.split("|");
    if (by !== "Packages" || origin !== "Debian" || label !== "Debian" || component !== "main") continue;
    if (codename.includes("-")) continue; // Other suites, such as bookworm-updates, have a suffix.
    const [, file = "", index = ""] = /^(.*):(\d+)$/.exec(entry) ?? [];
    return { codename, uri, file, index: Number(index) };
  }
  return undefined;
}

/**
 * Returns the keys that sign a source: the lines of `Signed-By:` in a stanza; undefined if the stanza has no such
 * lines.
 */
export function signedBy(name: string, text: string, index: number): string | undefined {
  if (!name.endsWith(".sources")) return /\[.*signed-by=([^\s\]]+).*\]/i.exec(text.split("\n")[index - 1] ?? "")?.[1];
  const stanzas = text
    .replaceAll(/^#.*\n/gm, "")
    .trim()
    .split(/\n\s*\n/);
  return /^Signed-By:[ \t]*(.*(?:\n[ \t].*)*)/im.exec(stanzas[index - 1] ?? "")?.[1]?.trimEnd();
}

/**
 * Runs `use` with apt options that add Debian's backports and install their packages. The configuration of the machine
 * is not changed: the sources are in a temporary directory.
 * @returns undefined if this is not Debian, or if its backports cannot be read
 */
export function withBackports<T>(use: (options: readonly string[], suite: string) => T): T | undefined {
  const source = readTargets(apt("apt-get", "indextargets", "--format", TARGETS).text);
  if (source === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "eyas-sources-"));
  chmodSync(folder, 0o755); // apt switches to another user for downloads
  try {
    const own = "/etc/apt/sources.list.d";
    for (const name of existsSync(own) ? readdirSync(own) : []) copyFileSync(join(own, name), join(folder, name));
    const suite = `${source.codename}-backports`;
    const keys = signedBy(source.file, readFileSync(source.file, "utf8"), source.index);
    const lines = ["Types: deb", `URIs: ${source.uri}`, `Suites: ${suite}`, "Components: main"];
    writeFileSync(
      join(folder, "eyas-backports.sources"),
      `${[...lines, ...(keys === undefined ? [] : [`Signed-By: ${keys}`])].join("\n")}\n`,
    );
    const options = ["-o", `Dir::Etc::sourceparts=${folder}`];
    return update(...options) === undefined ? use(options, suite) : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
