import { execFile } from "node:child_process";
import { hash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findJava, type Java } from "../java.ts";
import { cacheFolder, findProgram } from "../part.ts";

/** A version of OpenSearch, with the versions of Java that it runs on. */
export interface Edition {
  readonly name: "opensearch-2" | "opensearch-3";
  readonly version: string;
  readonly java: readonly [from: number, to: number];
  /** What the Java virtual machine is told. */
  readonly options: readonly string[];
}

export const editions: readonly Edition[] = [
  // It asks for a security manager, which Java has until version 23.
  { name: "opensearch-2", version: "2.19.6", java: [17, 23], options: ["-Djava.security.manager=allow"] },
  { name: "opensearch-3", version: "3.9.0", java: [21, Number.POSITIVE_INFINITY], options: [] },
];

const run = promisify(execFile);
const pom = join(import.meta.dirname, "pom.xml");
const source = join(import.meta.dirname, "Server.java");
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/** Where an edition is kept; another one where its sources have changed. */
export function folderOf({ name, version }: Edition): string {
  const sum = hash("sha256", readFileSync(pom, "utf8") + readFileSync(source, "utf8")).slice(0, 12);
  return join(cacheFolder, `${name}-${version}-${sum}`);
}

export function javaFor({ java: [from, to] }: Edition): Java | undefined {
  return findJava(from, to);
}

/** Why an edition can't be started, as a clause. */
export function missingOf(edition: Edition): string | undefined {
  const { version, java } = edition;
  const [from, to] = java;
  if (javaFor(edition) === undefined)
    return `OpenSearch ${version} needs a JDK of version ${from}${Number.isFinite(to) ? ` to ${to}` : " or newer"}`;
  return existsSync(folderOf(edition)) ? undefined : `OpenSearch ${version} is not in ${cacheFolder}`;
}

/** Fetches an edition's libraries from Maven Central and compiles its starter: 50 MB, 20 s. */
export async function build(edition: Edition): Promise<void> {
  const folder = folderOf(edition);
  if (existsSync(folder)) return;
  const java = javaFor(edition);
  const maven = findProgram("mvn");
  if (java === undefined || maven === undefined)
    throw new Error(
      `OpenSearch ${edition.version} can't be built: ${java ? "mvn is not installed" : missingOf(edition)}.`,
    );
  const aside = join(cacheFolder, `.${edition.name}-${randomUUID()}`);
  mkdirSync(join(aside, "lib"), { recursive: true });
  try {
    const words = [`-Dopensearch.version=${edition.version}`, `-DoutputDirectory=${join(aside, "lib")}`];
    const env = { ...process.env, JAVA_HOME: java.home };
    await run(maven, ["-q", "-B", "-f", pom, COPY, ...words], { env });
    const compiler = join(java.home, "bin/javac");
    await run(compiler, ["-nowarn", "-cp", join(aside, "lib/*"), "-d", join(aside, "classes"), source]);
    renameSync(aside, folder);
  } catch (error) {
    if (existsSync(folder)) return; // another process was quicker
    throw new Error(`OpenSearch ${edition.version} can't be built: ${sentenceOf(error)}`, { cause: error });
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").slice(0, 5).join(" ");
}
