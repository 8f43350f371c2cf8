import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram, versionOf } from "./part.ts";

/** A Java runtime on this machine. */
export interface Java {
  /** The folder that contains `bin/java`. */
  readonly home: string;
  /** Major version, such as 17 or 25. */
  readonly version: number;
}

/**
 * Options of servers that tests start, so that they do not slow down other tests. Most of their CPU time is that of their
 * start, a third of which is the verification of the bytecode of published libraries.
 */
export const THRIFTY: readonly string[] = [
  ...["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  ...["-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"],
];

const INSTALLED = "/usr/lib/jvm";
let found: readonly Java[] | undefined;

/** Returns the oldest Java in JAVA_HOME, /usr/lib/jvm and PATH with a version from `from` to `to` and a compiler. */
export function findJava(from: number, to: number = Number.POSITIVE_INFINITY): Java | undefined {
  found ??= allJavas();
  const [fit] = found.filter(({ version }) => version >= from && version <= to).sort((a, b) => a.version - b.version);
  if (fit === undefined) found = undefined; // one may be installed before the next call
  return fit;
}

function allJavas(): Java[] {
  const onPath = findProgram("javac");
  const installed = existsSync(INSTALLED) ? readdirSync(INSTALLED).map((name) => join(INSTALLED, name)) : [];
  const homes = [
    process.env.JAVA_HOME ?? "",
    ...installed,
    ...(onPath === undefined ? [] : [dirname(dirname(onPath))]),
  ];
  return [...new Set(homes)].flatMap((home) => {
    if (!["java", "javac"].every((program) => existsSync(join(home, "bin", program)))) return [];
    const version = releaseOf(home) ?? versionOf(join(home, "bin/java"), ["-version"]);
    return version === undefined ? [] : [{ home, version: Number.parseInt(version, 10) }];
  });
}

/** Returns the version in the file `release` of a Java, which is faster than running it. */
function releaseOf(home: string): string | undefined {
  const file = join(home, "release");
  return existsSync(file) ? /^JAVA_VERSION="(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}
