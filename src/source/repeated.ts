import type { Document } from "../event/document.ts";
import type { Identify } from "./reader.ts";

/** Identities per generation; two generations are kept, so that at least so many are known. */
const GENERATION = 32_768;

/** The identities of the last documents. */
export interface Repeated {
  /** The documents that were not seen before. */
  without(documents: readonly Document[]): readonly Document[];
}

/** @param generation number of documents that are remembered at least */
export function rememberDocuments(identify: Identify, generation = GENERATION): Repeated {
  let recent = new Set<string>();
  let older = new Set<string>();

  function isNew(document: Document): boolean {
    const identity = identify(document);
    if (identity === undefined) return true;
    if (recent.has(identity) || older.has(identity)) return false;
    if (recent.size === generation) {
      older = recent;
      recent = new Set();
    }
    recent.add(identity);
    return true;
  }

  return { without: (documents) => documents.filter(isNew) };
}
