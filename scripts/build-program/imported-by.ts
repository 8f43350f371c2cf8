import type { CodeSplittingNameFunction } from "rolldown";

/** The modules of a bundle, for a function that names chunks. */
export type Chunking = Parameters<CodeSplittingNameFunction>[1];

/**
 * Returns the given modules and all that they import statically.
 * @throws if a module is not part of the bundle
 */
export function importedBy(starts: readonly string[], chunking: Chunking): Set<string> {
  const found = new Set(starts);
  for (const id of found) {
    const info = chunking.getModuleInfo(id);
    if (info === null) throw new Error(`${id} is named as the start of a chunk, but is not part of the bundle.`);
    for (const imported of info.importedIds) found.add(imported);
  }
  return found;
}
