import type { Document } from "../event/document.ts";
import { HashSet, textsFor } from "./hash-set.ts";
import type { IdentityLog } from "./identity-log.ts";
import type { Identify } from "./reader.ts";

/**
 * Minimum number of documents per generation, and minimum time for which their identities are stored, in milliseconds.
 * An API server retries a batch for about 80 s.
 */
const LEAST = 32_768;
const KEPT = 100_000;
/** Maximum number of documents per generation, which corresponds to 8 MiB, or to 512 KiB if memory is low. */
const MOST = textsFor(2 ** 20);
export const MOST_IF_SMALL: number = textsFor(2 ** 16);
/** Number of identities per file on disk. More than arrive in the 10 s before an API server retries a batch. */
export const LOGGED = 131_072;

/** The identities of the latest documents, in two generations. */
export interface Repeated {
  /** Returns the documents that are new, and stores their identities. */
  without(documents: readonly Document[]): readonly Document[];
  /** Number of identities that were removed in less than {@link KEPT} milliseconds, to free memory for newer ones. */
  readonly forgotten: number;
  /** Must be called with the number of new documents whose alerts are in the journal. */
  settle(count: number): void;
  close(): void;
}

export interface Remembering {
  /** Stores the identities of settled documents. */
  readonly log?: IdentityLog | undefined;
  /** Minimum number of documents per generation. */
  readonly least?: number | undefined;
  /** Maximum number of documents per generation. */
  readonly most?: number | undefined;
  /** Returns monotonic time in milliseconds. */
  readonly clock?: () => number;
}

/** Stores document identities for at least {@link KEPT} milliseconds, unless too many documents arrive. */
export function rememberDocuments(
  identify: Identify,
  { log, least = LEAST, most = MOST, clock = () => performance.now() }: Remembering = {},
): Repeated {
  let recent = new HashSet();
  let older = new HashSet();
  /** Time at which the recent generation began. */
  let began = clock();
  let forgotten = 0;
  /** Identities of unsettled documents; undefined for documents without an identity. */
  let unsettled: (string | undefined)[] = [];

  /** Whether the recent generation is complete. */
  function isOver(): boolean {
    return recent.size >= most || (recent.size >= least && clock() - began >= KEPT);
  }

  function turn(): void {
    const now = clock();
    if (now - began < KEPT) forgotten += older.size;
    older = recent;
    recent = new HashSet();
    began = now;
  }

  /** Adds an identity. @returns false if the identity is known */
  function add(identity: string): boolean {
    if (older.has(identity) || !recent.add(identity)) return false;
    if (isOver()) turn();
    return true;
  }

  function isNew(document: Document): boolean {
    const identity = identify(document);
    if (identity !== undefined && !add(identity)) return false;
    if (log !== undefined) unsettled.push(identity);
    return true;
  }

  for (const identity of log?.known() ?? []) add(identity);
  return {
    without: (documents) => documents.filter(isNew),
    get forgotten() {
      return forgotten;
    },
    settle(count) {
      if (log === undefined || count === 0) return;
      const settled = unsettled.slice(0, count);
      unsettled = unsettled.slice(count);
      log.append(settled.filter((identity) => identity !== undefined));
    },
    close: () => log?.close(),
  };
}
