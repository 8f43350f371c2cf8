import type { Document } from "../event/document.ts";
import type { IdentityLog } from "./identity-log.ts";
import type { Identify } from "./reader.ts";

/** Identities per generation; two generations are kept, so that at least so many are known. */
export const GENERATION = 32_768;

/** The identities of the last documents. */
export interface Repeated {
  /** The documents that were not seen before. */
  without(documents: readonly Document[]): readonly Document[];
  /** To be called with the number of documents, of those that were new, whose alerts are in the journal. */
  settle(count: number): void;
  close(): void;
}

/**
 * @param log keeps the identities of settled documents
 * @param generation number of documents that are remembered at least
 */
export function rememberDocuments(identify: Identify, log?: IdentityLog, generation = GENERATION): Repeated {
  let recent = new Set<string>();
  let older = new Set<string>();
  /** Identities of documents that are not settled; undefined for those without one. */
  let unsettled: (string | undefined)[] = [];

  function add(identity: string): void {
    if (recent.size === generation) {
      older = recent;
      recent = new Set();
    }
    recent.add(identity);
  }

  function isNew(document: Document): boolean {
    const identity = identify(document);
    if (identity !== undefined) {
      if (recent.has(identity) || older.has(identity)) return false;
      add(identity);
    }
    if (log !== undefined) unsettled.push(identity);
    return true;
  }

  for (const identity of log?.known ?? []) add(identity);
  return {
    without: (documents) => documents.filter(isNew),
    settle(count) {
      if (log === undefined || count === 0) return;
      const settled = unsettled.slice(0, count);
      unsettled = unsettled.slice(count);
      log.append(settled.filter((identity) => identity !== undefined));
    },
    close: () => log?.close(),
  };
}
