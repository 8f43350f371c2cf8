import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A real dependency of tests that a machine may lack: a program, a server, a permission, a file. */
export interface Part<Name extends string = string> {
  /** Name in the table at the end of `npm test`. */
  readonly name: Name;
  /**
   * Returns why tests that need the part cannot run here, as a clause ("nats-server is not installed"); undefined if
   * they can.
   */
  readonly missing: () => string | undefined;
  /** Returns the version in short form; undefined if the part has no version. */
  readonly version?: () => string | undefined;
  /** Debian packages that contain the part. The first package of each list that has a candidate is installed. */
  readonly packages?: readonly (readonly string[])[];
  /**
   * Builds the part from a package registry (Maven, Go, PyPI) into `cacheFolder`. Throws an error with a one-sentence
   * message if that fails.
   */
  readonly build?: () => Promise<void>;
  /**
   * Whether the build takes minutes. It then runs concurrently with the tests, and tests that need it are named
   * `*.built.test.ts` (vitest.config.ts).
   */
  readonly slow?: true;
}

/**
 * Directory of servers that were built or downloaded for tests: EYAS_TEST_CACHE, otherwise a directory in the user's
 * cache. It is kept between runs.
 */
export const cacheFolder: string =
  process.env.EYAS_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "eyas-tests");

/** Returns the path of the first of these programs in PATH or in the directories of administrators' programs. */
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

/** Returns the version of a program: the first match of `pattern` in the output of `program …words`. */
export function versionOf(program: string, words: readonly string[], pattern = /\d+(\.\d+)+/): string | undefined {
  const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 20_000 });
  return pattern.exec(`${stdout}\n${stderr}`)?.[0];
}

/** Describes a part that is a program in a Debian package. */
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
