import { neededVersions } from "./elf.ts";
import { int32, strings, type Value } from "./rpm-header.ts";
import { SENSE, TAG } from "./rpm-tags.ts";
import type { Entry } from "./tar.ts";

/** The program that runs package scripts, and bin/eyas. */
export const INTERPRETER = "/bin/sh";

/** Features of the format, with the version of rpm that introduced them. */
const FEATURES = { CompressedFileNames: "3.0.4-1", FileDigests: "4.6.0-1", PayloadFilesHavePrefix: "4.0-1" };
const TILDE = { TildeInVersions: "4.10.0-1" };

/** A dependency: name, version and attributes. */
interface Dependency {
  readonly name: string;
  readonly version?: string;
  readonly sense?: number;
}

/** Returns the tags for the requirements of the package. @param version version and release */
export function requirements(entries: readonly Entry[], version: string): [number, Value][] {
  const { SCRIPT_PRE, SCRIPT_POST, SCRIPT_PREUN, SCRIPT_POSTUN, SCRIPT_POSTTRANS } = SENSE;
  const scripts = [SCRIPT_PRE, SCRIPT_POST, SCRIPT_PREUN, SCRIPT_POSTUN, SCRIPT_POSTTRANS];
  const features = Object.entries({ ...FEATURES, ...(version.includes("~") && TILDE) });
  return dependencyTags("REQUIRE", [
    ...[...librariesOf(entries), INTERPRETER].map((name) => ({ name, sense: SENSE.FIND_REQUIRES })),
    ...scripts.map((script) => ({ name: INTERPRETER, sense: SENSE.INTERP | script })),
    { name: "config(eyas)", version, sense: SENSE.EQUAL | SENSE.CONFIG },
    // readlink in bin/eyas; cp, rm and sleep in scripts.
    { name: "coreutils" },
    ...[SCRIPT_PRE, SCRIPT_PREUN, SCRIPT_POSTTRANS].map((sense) => ({ name: "coreutils", sense })),
    ...features.map(([name, since]) => ({
      name: `rpmlib(${name})`,
      version: since,
      sense: SENSE.LESS | SENSE.EQUAL | SENSE.RPMLIB,
    })),
  ]);
}

/** Returns the library versions that programs require, as named by all distributions. */
function librariesOf(entries: readonly Entry[]): Set<string> {
  const needed = entries.flatMap((entry) => ("content" in entry ? neededVersions(entry.content) : []));
  return new Set(needed.map(({ library, version }) => `${library}(${version})(64bit)`));
}

/** Returns the tags for the capabilities that the package provides. @param version version and release */
export function capabilities(version: string, architecture: string): [number, Value][] {
  return dependencyTags("PROVIDE", [
    { name: "config(eyas)", version, sense: SENSE.EQUAL | SENSE.CONFIG },
    ...["eyas", `eyas(${architecture})`].map((name) => ({ name, version, sense: SENSE.EQUAL })),
  ]);
}

/** Returns the tags of dependencies, which rpm expects in the order of their names. */
function dependencyTags(kind: "REQUIRE" | "PROVIDE", dependencies: readonly Dependency[]): [number, Value][] {
  const sorted = dependencies.toSorted((a, b) =>
    a.name === b.name ? (a.sense ?? 0) - (b.sense ?? 0) : a.name < b.name ? -1 : 1,
  );
  return [
    [TAG[`${kind}NAME`], strings(sorted.map(({ name }) => name))],
    [TAG[`${kind}VERSION`], strings(sorted.map(({ version = "" }) => version))],
    [TAG[`${kind}FLAGS`], int32(sorted.map(({ sense = 0 }) => sense))],
  ];
}
