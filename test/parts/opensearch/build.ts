import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cached, makeCached, runBuild } from "../in-cache.ts";
import { DOWNLOADED_JAVA, downloadJava, findJava, type Java } from "../java.ts";
import { findProgram } from "../part.ts";

/** A version of OpenSearch, with the Java versions that it supports. */
export interface Edition {
  readonly name: "opensearch-2" | "opensearch-3";
  readonly version: string;
  readonly java: readonly [from: number, to: number];
  /** Options of the Java virtual machine. */
  readonly options: readonly string[];
}

export const editions: readonly Edition[] = [
  // OpenSearch 2 requires a security manager, which Java has up to version 23.
  { name: "opensearch-2", version: "2.19.6", java: [17, 23], options: ["-Djava.security.manager=allow"] },
  {
    name: "opensearch-3",
    version: "3.9.0",
    java: [21, Number.POSITIVE_INFINITY],
    options: ["-Djava.locale.providers=CLDR,SPI"],
  },
];

const pom = join(import.meta.dirname, "pom.xml");
const source = join(import.meta.dirname, "Server.java");
const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
/** A Java compiler for Java runtimes without one. */
const COMPILER = "org.eclipse.jdt:ecj:3.43.0";
const COMPILER_CLASS = "org.eclipse.jdt.internal.compiler.batch.Main";

/** Returns the name of the edition's directory in the cache, which changes with the sources. */
function nameOf({ name, version }: Edition): string {
  const sum = hash("sha256", readFileSync(pom, "utf8") + readFileSync(source, "utf8")).slice(0, 12);
  return `${name}-${version}-${sum}`;
}

/** Returns the path of an edition. */
export const folderOf = (edition: Edition): string => cached(nameOf(edition));

export function javaFor({ java: [from, to] }: Edition): Java | undefined {
  return findJava(from, to);
}

/** Returns the reason why an edition cannot be started, as a clause; undefined if the edition can be started. */
export function missingOf(edition: Edition): string | undefined {
  const { version, java } = edition;
  const [from, to] = java;
  if (javaFor(edition) === undefined)
    return `OpenSearch ${version} needs Java of version ${from}${Number.isFinite(to) ? ` to ${to}` : " or newer"}`;
  return existsSync(folderOf(edition)) ? undefined : `OpenSearch ${version} has not been downloaded from Maven Central`;
}

/**
 * Downloads the libraries of an edition from Maven Central and compiles its starter: 50 MB, 20 s. Also downloads a Java
 * if there is none for the edition.
 */
export async function build(edition: Edition): Promise<void> {
  const [from, to] = edition.java;
  if (javaFor(edition) === undefined && to >= DOWNLOADED_JAVA) await downloadJava();
  const java = javaFor(edition);
  const maven = findProgram("mvn");
  if (java === undefined) throw new Error(missingOf(edition));
  if (maven === undefined) throw new Error("mvn is not installed");
  await makeCached(nameOf(edition), async (folder) => {
    const libraries = join(folder, "lib");
    const compilers = join(folder, "compiler");
    const mvn = (...words: readonly string[]) => runBuild([maven, "-q", "-B", ...words], {});
    await mvn("-f", pom, `${PLUGIN}:copy-dependencies`, `-Dopensearch.version=${edition.version}`, outputTo(libraries));
    await mvn(`${PLUGIN}:copy`, `-Dartifact=${COMPILER}`, outputTo(compilers));
    const jars = readdirSync(libraries).map((name) => join(libraries, name));
    // The bytecode must also run on the oldest supported Java, since the cache may be used with an older Java later.
    const release = ["-source", String(from), "-target", String(from)];
    await runBuild(
      [
        ...([join(java.home, "bin/java"), "-cp", join(compilers, "*"), COMPILER_CLASS, "-nowarn", ...release] as const),
        ...["-cp", jars.join(":"), "-d", join(folder, "classes"), source],
      ],
      {},
    );
  });
}

const outputTo = (folder: string): string => `-DoutputDirectory=${folder}`;
