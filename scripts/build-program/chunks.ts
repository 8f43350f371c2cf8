import { join } from "node:path";
import type { CodeSplittingNameFunction } from "rolldown";
import { type Chunking, importedBy } from "./imported-by.ts";

/**
 * Modules that commands with rules load at startup, directly or later. A bundler puts modules into one file only if
 * exactly the same entries import them. This would split these modules and their imports into 150 files.
 */
const WITH_RULES = [
  "cli/replay.ts",
  "agent/load/ready-rules.ts",
  "agent/load/load.ts",
  "agent/load/indicators.ts",
  "config/load.ts",
  "source/capture/source.ts",
  "machine/machine.ts",
  "machine/dns/resolved-names.ts",
  "engine/engine.ts",
  "output/outputs.ts",
  "output/dispatch/dispatcher.ts",
  "agent/delivery/color.ts",
];

/** Commands that run often or must start quickly. Like workers, they load nothing that they do not import. */
const LIGHT = ["cli/health.ts", "cli/health-check.ts"];

/**
 * Returns the name of the chunk of a module. Modules that commands with rules load are in one chunk, except modules
 * that workers or light commands also import: these are in one chunk for each set of importing entries, so that no
 * worker evaluates code that it does not use. Other modules have no name: the bundler places them.
 * @param sources directory of the sources
 * @param entries files of the command line and of the workers, by name
 */
export function chunkNames(sources: string, entries: Readonly<Record<string, string>>): CodeSplittingNameFunction {
  let names: ReadonlyMap<string, string> | undefined;
  return (id, chunking) => {
    names ??= namesOf(sources, Object.values(entries), chunking);
    return names.get(id) ?? null;
  };
}

function namesOf(sources: string, entries: readonly string[], chunking: Chunking): Map<string, string> {
  const inSources = (paths: readonly string[]): string[] => paths.map((path) => join(sources, path));
  const users = [...entries.map((entry) => [entry]), inSources(LIGHT)].map((starts) => importedBy(starts, chunking));
  const numbers = new Map<string, number>();
  const names = new Map<string, string>();
  for (const id of importedBy(inSources(WITH_RULES), chunking)) {
    if (entries.includes(id)) continue;
    const key = users.map((imported) => Number(imported.has(id))).join("");
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    names.set(id, `rules-${numbers.get(key)}`);
  }
  return names;
}
