import { globSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { programWith } from "../../src/cli/program.ts";
import { buildProgram } from "../build-program.ts";
import { buildUi } from "../build-ui.ts";
import { type CommandLine, commandLine } from "./command-line.ts";
import { type LockedPackage, lockedPackage, lockedPackages } from "./lock.ts";
import { DOWNLOADS, isLegal, isShipped, openArchives, type PackageFile } from "./package-files.ts";
import { type Shipped, sbom } from "./sbom.ts";
import type { Entry } from "./tar.ts";

/** Debian architectures, with the names in Node.js and its packages. */
export const architectures = { amd64: "x64", arm64: "arm64" } as const;
export type Architecture = keyof typeof architectures;

/** The parts of the program that are the same on all architectures. */
export interface Built {
  readonly entries: readonly Entry[];
  /** Names of the packages that the program imports. */
  readonly imports: readonly string[];
  readonly bundled: readonly LockedPackage[];
  readonly version: string;
  /** License, as an SPDX expression. */
  readonly license: string;
  /** A sentence about the program. */
  readonly description: string;
  readonly commands: CommandLine;
}

/** The program for an architecture, by paths in its directory. */
export interface Contents {
  readonly entries: readonly Entry[];
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly sbom: string;
  /** The content that the SBOM describes. */
  readonly shipped: Shipped;
  /** Texts of the licenses of packages. */
  readonly licenses: string;
  /** Licenses of all files, as SPDX expressions, sorted. */
  readonly terms: readonly string[];
  readonly commands: CommandLine;
}

/** The license of the eBPF programs (probe/LICENSE). */
const PROBE_LICENSE = "MIT OR GPL-2.0-only";

const READABLE = 0o644;
const EXECUTABLE = 0o755;

/** Files in the repository that the program reads at run time. */
const READ_AT_RUN_TIME = ["LICENSE", "probe/LICENSE", "rules/*.yaml", "samples/*", "src/**/*.proto"];

/**
 * Builds the program and the web UI in temporary directories of the repository.
 * @throws if a source does not compile
 */
export async function buildParts(root: string): Promise<Built> {
  const lock = join(root, "package-lock.json");
  const [program, page] = [join(root, `built.package-${process.pid}`), join(root, `ui/built.package-${process.pid}`)];
  try {
    const { imports, packages: inProgram } = await buildProgram(program);
    const { packages: inPage } = await buildUi(page);
    const files = globSync(READ_AT_RUN_TIME, { cwd: root }).filter((path) => !/\.(?:test|fixture)\.[^/]*$/.test(path));
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Description;
    const { name, version, license, description } = own;
    const manifest = `${JSON.stringify({ name, version, license, type: "module" }, null, 2)}\n`;
    const entries = [
      { path: "bin/eyas", mode: EXECUTABLE, content: readFileSync(join(root, "bin/eyas")) },
      { path: "package.json", mode: READABLE, content: Buffer.from(manifest) },
      ...files.map((path) => fileEntry(root, path)),
      ...folderEntries(program, "built"),
      ...folderEntries(page, "ui/built"),
    ];
    const bundled = [...new Set([...inProgram, ...inPage])].map((folder) => lockedPackage(lock, folder));
    return { entries, imports, version, license, description, bundled, commands: commandLine(await programWith()) };
  } finally {
    for (const folder of [program, page]) rmSync(folder, { recursive: true, force: true });
  }
}

/** The keys of package.json that are used. */
interface Description {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
}

/**
 * Returns the program with its packages and Node.js.
 * @param time time of the commit, in seconds since the epoch
 * @throws if a package is not available
 */
export function contentsFor(root: string, built: Built, arch: Architecture, time: number): Contents {
  const cpu = architectures[arch];
  const direct = [...built.imports, `node-linux-${cpu}`];
  const needed = lockedPackages(join(root, "package-lock.json"), direct, { os: "linux", cpu });
  const archives = openArchives([...needed, ...built.bundled], join(root, DOWNLOADS));
  const withFiles = needed.map((one) => ({ one, files: archives.filesOf(one) }));
  // Packages with only types have no files to load.
  const shipped = withFiles.filter(({ files }) => files.some(({ path }) => isCode(path)));
  const packages = shipped.map(({ one }) => one);
  const texts = [...shipped, ...built.bundled.map((one) => ({ one, files: archives.filesOf(one) }))];
  const { version, license, description, bundled } = built;
  const described = { version, arch, time, packages, direct, bundled };
  const made = {
    sbom: sbom(described),
    shipped: described,
    licenses: licenseTexts(texts),
    terms: [...new Set([built.license, PROBE_LICENSE, ...texts.map(({ one }) => one.license)])].sort(),
  };
  const entries = [
    ...built.entries,
    ...readdirSync(join(root, "probe/built"))
      .filter((name) => name.startsWith(`${cpu}.`) || name.startsWith(`${cpu}-`))
      .map((name) => fileEntry(root, `probe/built/${name}`)),
    ...shipped.flatMap(({ one: { folder }, files }) =>
      files
        .filter(({ path }) => isShipped(path))
        .map(({ path, content }) => ({
          path: `${folder}/${path}`,
          mode: path === "bin/node" ? EXECUTABLE : READABLE,
          content,
        })),
    ),
  ];
  return { entries, version, license, description, commands: built.commands, ...made };
}

function isCode(path: string): boolean {
  return isShipped(path) && path !== "package.json";
}

function fileEntry(root: string, path: string): Entry {
  return { path, mode: READABLE, content: readFileSync(join(root, path)) };
}

function folderEntries(folder: string, to: string): Entry[] {
  return globSync("**/*", { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: `${to}${path.slice(folder.length)}`, mode: READABLE, content: readFileSync(path) }));
}

/** Returns the licenses of all packages, with their texts. */
function licenseTexts(packages: readonly { one: LockedPackage; files: readonly PackageFile[] }[]): string {
  const parts = new Map(
    packages.map(({ one: { name, version, license }, files }) => [
      `${name} ${version}: ${license}`,
      files.filter(({ path }) => isLegal(path)).map(({ content }) => content.toString("utf8").trimEnd()),
    ]),
  );
  return [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, texts]) => [`${"=".repeat(80)}\n${title}\n`, ...texts].join("\n"))
    .join("\n\n")
    .concat("\n");
}
