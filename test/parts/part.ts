import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A real dependency of tests that a machine may lack: a program, a server, a right, a file. */
export interface Part<Name extends string = string> {
  /** Name in the table at the end of `npm test`. */
  readonly name: Name;
  /** Why tests that need it can't run here, as a clause ("nats-server is not installed"); undefined if they can. */
  readonly missing: () => string | undefined;
  /** Its version in short form; undefined if it has none. */
  readonly version?: () => string | undefined;
  /** Debian packages that provide it; of each list, the first with a candidate is installed. */
  readonly packages?: readonly (readonly string[])[];
  /** Builds it from a package registry (Maven, Go, PyPI) into `cacheFolder`; throws with one sentence if it can't. */
  readonly build?: () => Promise<void>;
  /**
   * The build takes minutes: it runs concurrently with the tests, and tests that need it are named `*.built.test.ts`
   * (vitest.config.ts).
   */
  readonly slow?: true;
}

/**
 * Folder of servers that were built or downloaded for tests, kept between runs: EYAS_TEST_CACHE, otherwise in the
 * user's cache.
 */
export const cacheFolder: string =
  process.env.EYAS_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "eyas-tests");

/** The path of the first of these programs in PATH or a folder of administrators' programs. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const name of names) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {}
    }
  }
  return undefined;
}

/** The version of a program: the first match of `pattern` in the output of `program …words`. */
export function versionOf(program: string, words: readonly string[], pattern = /\d+(\.\d+)+/): string | undefined {
  const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 20_000 });
  return pattern.exec(`${stdout}\n${stderr}`)?.[0];
}

/** A part that is a program of a Debian package. */
export function program<Name extends string>(
  name: Name,
  packages: readonly (readonly string[])[],
  version: readonly string[] = ["--version"],
): Part<Name> {
  return {
    name,
    packages,
    missing: () => (findProgram(name) === undefined ? `${name} is not installed` : undefined),
    version: () => versionOf(findProgram(name) ?? name, version),
  };
}
