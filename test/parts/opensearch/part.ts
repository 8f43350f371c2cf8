import type { Part } from "../part.ts";
import { build, type Edition, editions, missingOf } from "./build.ts";

/** OpenSearch 2 and 3, from Maven Central. */
export const opensearch = [
  partOf("opensearch-2", ["openjdk-17-jre-headless", "openjdk-21-jre-headless"]),
  partOf("opensearch-3", ["openjdk-21-jre-headless", "openjdk-25-jre-headless"]),
] as const;

function partOf<Name extends Edition["name"]>(name: Name, java: readonly string[]): Part<Name> {
  const edition = editionOf(name);
  return {
    name,
    packages: [["maven"], ["python3-venv"], java],
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
