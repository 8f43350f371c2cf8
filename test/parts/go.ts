// Finds a Go installation, with which servers are built from Go modules.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Progress, runBuild } from "./in-cache.ts";
import { findProgram, versionOf } from "./part.ts";

/** The minor version, 1.21, from which Go downloads the newer toolchain that a module requires. */
const OLDEST = 21;
/** Directory of the Go versions that Debian packages contain. */
const LIBRARIES = "/usr/lib";

/**
 * Flags of `go build` for programs that do little work in tests: no optimization and no debug information. Builds take a
 * third less CPU time.
 */
export const QUICK_BUILD: readonly string[] = ["-trimpath", "-gcflags", "all=-l -N -dwarf=false", "-ldflags", "-s -w"];

const releaseOf = (version: string | undefined): number => Number(/^1\.(\d+)/.exec(version ?? "")?.[1] ?? 0);

/** Returns the path of a sufficiently recent Go. */
export function findGo(): string | undefined {
  const own = findProgram("go");
  if (own !== undefined && releaseOf(versionOf(own, ["version"])) >= OLDEST) return own;
  const releases = readdirSync(LIBRARIES)
    .map((name) => releaseOf(/^go-(1\.\d+)$/.exec(name)?.[1]))
    .sort((a, b) => b - a);
  const newest = releases[0] ?? 0;
  const program = join(LIBRARIES, `go-1.${newest}/bin/go`);
  return newest >= OLDEST && existsSync(program) ? program : undefined;
}

/** Returns the packages that contain a sufficiently recent Go. */
export function goPackages(): readonly (readonly string[])[] {
  return findGo() === undefined ? [[26, 25, 24, 23, 22, OLDEST].map((release) => `golang-1.${release}-go`)] : [];
}

/**
 * Runs `go …` at low priority.
 * @throws Error with a one-sentence message if it fails or Go is missing
 */
export async function runGo(
  words: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly progress?: Progress | undefined } = {},
): Promise<void> {
  const go = findGo();
  if (go === undefined)
    throw new Error(`building requires Go 1.${OLDEST} or newer, which was not found (https://go.dev/dl)`);
  await runBuild([go, ...words], { ...options, env: { GOTOOLCHAIN: "auto", ...options.env } });
}
