import type { CodeSplittingNameFunction } from "rolldown";
import { type Chunking, importedBy } from "../build-program/imported-by.ts";

/**
 * Returns the name of the chunk of a module. On a slow network, the number of files matters as much as their size: a
 * browser requests six at a time. A bundler puts modules into one file only if exactly the same views import them, which
 * would split the code of the first views into 40 files. Here, modules that the page always loads are in one chunk, and
 * modules that the first views import are in one chunk for each set of these views. Other modules have no name: the
 * bundler places them.
 * @param entries modules that the page always loads
 * @param firstViews modules of the views that are usually opened first
 */
export function chunkNames(entries: readonly string[], firstViews: readonly string[]): CodeSplittingNameFunction {
  let names: ReadonlyMap<string, string> | undefined;
  return (id, chunking) => {
    names ??= namesOf(entries, firstViews, chunking);
    return names.get(id) ?? null;
  };
}

function namesOf(entries: readonly string[], firstViews: readonly string[], chunking: Chunking): Map<string, string> {
  const always = importedBy(entries, chunking);
  const users = firstViews.map((view) => importedBy([view], chunking));
  const names = new Map<string, string>();
  for (const id of [...always, ...users.flatMap((imported) => [...imported])]) {
    if (entries.includes(id) || firstViews.includes(id)) continue;
    const key = users.map((imported) => Number(imported.has(id))).join("");
    names.set(id, always.has(id) ? "shell" : `views-${key}`);
  }
  return names;
}
