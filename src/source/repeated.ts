import type { Document } from "../event/document.ts";
import { HashSet, textsFor } from "./hash-set.ts";
import type { IdentityLog } from "./identity-log.ts";
import type { Identify } from "./reader.ts";

/** Documents that are known at least, and how long they are known: an API server repeats a batch for about 80 s. */
const LEAST = 32_768;
const KEPT = 100_000;
/** Maximum documents per generation: two of 8 MiB. With little memory, two of 512 KiB. */
const MOST = textsFor(2 ** 20);
export const MOST_IF_SMALL: number = textsFor(2 ** 16);
/** Identities per file on disk: more than arrive in the 10 s until an API server repeats a batch. */
export const LOGGED = 131_072;

/** The identities of the last documents, in two generations. */
export interface Repeated {
  /** The documents that were not seen before. */
  without(documents: readonly Document[]): readonly Document[];
  /** Documents that were forgotten before {@link KEPT} was over, because others needed their place. */
  readonly forgotten: number;
  /** To be called with the number of documents, of those that were new, whose alerts are in the journal. */
  settle(count: number): void;
  close(): void;
}

export interface Remembering {
  /** Keeps the identities of settled documents. */
  readonly log?: IdentityLog | undefined;
  /** Documents of a generation: at least so many are known. */
  readonly least?: number | undefined;
  /** Maximum documents of a generation. */
  readonly most?: number | undefined;
  /** A monotonic clock in milliseconds. */
  readonly clock?: () => number;
}

/** Remembers documents for {@link KEPT}, and longer if few arrive. */
export function rememberDocuments(
  identify: Identify,
  { log, least = LEAST, most = MOST, clock = () => performance.now() }: Remembering = {},
): Repeated {
  let recent = new HashSet();
  let older = new HashSet();
  /** When the recent generation began: the older one ended then. */
  let began = clock();
  let forgotten = 0;
  /** Identities of documents that are not settled; undefined for those without one. */
  let unsettled: (string | undefined)[] = [];

  /** Whether another generation begins. */
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

  /** Adds an identity. @returns false if it is known */
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
