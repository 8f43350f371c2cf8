// A Kafka broker from Maven Central.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, makeCached, runBuild } from "./in-cache.ts";
import { findProgram, type Part, versionOf } from "./part.ts";

const VERSION = "4.3.1";
/** Minimum Java version. */
const OLDEST_JAVA = 17;
const folderName = `kafka-${VERSION}`;

/** The directory with the jars of a broker, for Java's class path. */
export const kafkaJars: string = join(cached(folderName), "jars");

/** The Kafka broker, a download of 45 MB that takes about 15 s. */
export const kafka = {
  name: "kafka",
  packages: [["default-jre-headless"], ["maven"]],
  missing() {
    const java = findProgram("java");
    if (java === undefined) return "java is not installed";
    const version = versionOf(java, ["-version"]) ?? "";
    if (Number.parseInt(version, 10) < OLDEST_JAVA) return `java is ${version}; Kafka needs ${OLDEST_JAVA}`;
    return existsSync(kafkaJars) ? undefined : `Kafka ${VERSION} has not been downloaded from Maven Central`;
  },
  version: () => VERSION,
  build: () =>
    makeCached(folderName, async (folder) => {
      const project = join(folder, "pom.xml");
      await writeFile(project, pom);
      const to = `-DoutputDirectory=${join(folder, "jars")}`;
      await runBuild(
        ["mvn", "-q", "-B", "-f", project, "dependency:copy-dependencies", "-DincludeScope=runtime", to],
        {},
      );
    }),
} as const satisfies Part;

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

// Without slf4j-simple, a broker runs but does not log, not even the reason why it ends.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>eyas.tests</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>
${dependency("org.apache.kafka", "kafka_2.13", VERSION)}
${dependency("org.slf4j", "slf4j-simple", "1.7.36")}
</dependencies>
</project>
`;
