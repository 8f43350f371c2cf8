import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Something real that tests use and that a machine may lack: a program, a server, a right, a file. */
export interface Part<Name extends string = string> {
  /** As the table at the end of `npm test` shows it. */
  readonly name: Name;
  /** Why tests that need it can't run here, as a clause ("nats-server is not installed"); undefined where they can. */
  readonly missing: () => string | undefined;
  /** Its version, as short as it can be told apart; undefined for what has none. */
  readonly version?: () => string | undefined;
  /** Debian packages that bring it, the first that has a candidate being taken of each list. */
  readonly packages?: readonly (readonly string[])[];
  /** Builds it from a package registry (Maven, Go, PyPI) into `cacheFolder`; throws with one sentence where it can't. */
  readonly build?: () => Promise<void>;
  /** The build takes minutes: it runs beside the tests, and tests that need it are called `*.built.test.ts` (vitest.config.ts). */
  readonly slow?: true;
}

/** Where servers that were built or fetched for tests are kept between runs: EYAS_TEST_CACHE, else in the user's cache. */
export const cacheFolder: string =
  process.env.EYAS_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "eyas-tests");

/** The path of the first of these programs that PATH, or a folder of administrators' programs, has. */
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

/** What a program prints of its version: the first match of `pattern` in what `program …words` says. */
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
