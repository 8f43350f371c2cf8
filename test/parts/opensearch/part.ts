import type { Part } from "../part.ts";
import { build, type Edition, editions, missingOf } from "./build.ts";

/** OpenSearch 2 and 3, from Maven Central. */
export const opensearch = [
  partOf("opensearch-2", ["openjdk-17-jdk-headless", "openjdk-21-jdk-headless"]),
  partOf("opensearch-3", ["openjdk-21-jdk-headless", "openjdk-25-jdk-headless", "temurin-25-jdk"]),
] as const;

function partOf<Name extends Edition["name"]>(name: Name, java: readonly string[]): Part<Name> {
  const edition = editionOf(name);
  return {
    name,
    packages: [["maven"], java],
    missing: () => missingOf(edition),
    version: () => edition.version,
    build: () => build(edition),
  };
}

export function editionOf(name: Edition["name"]): Edition {
  const edition = editions.find((each) => each.name === name);
  if (edition === undefined) throw new Error(`there is no ${name}`);
  return edition;
}
