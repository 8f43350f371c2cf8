import { randomUUID } from "node:crypto";
import type { Fields } from "./json.ts";
import { textAt } from "./json.ts";
import type { Triage } from "./triage.ts";

/** What this page may do about an alert: raise it, or nothing, because it was raised, or another page may be raising it. */
export type Standing =
  | { readonly kind: "raised" | "waiting" }
  /** This page has the claim, although it may not have received the answer, and has not raised the alert. */
  | { readonly kind: "own" }
  /** This page may create the claim with this number. */
  | { readonly kind: "free"; readonly attempt: number };

/**
 * Claims, so that of several pages one raises an alert. A claim is a document that names the page; another document states
 * that the alert was raised. If it is missing for some minutes, another page creates the next claim: an alert may be
 * raised twice, but is not lost. No document is ever changed.
 */
export interface SilenceClaims {
  /** Whether this page has nothing more to do, as far as it knows without a request. */
  isRaised(name: string): boolean;
  /** Reads the claims of some alerts. @throws ApiError */
  read(names: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /** Claims an alert. @returns false if another page was first, or the answer of a first attempt was lost. @throws ApiError */
  claim(name: string, attempt: number, document: Fields): Promise<boolean>;
  /** States that this page raises an alert. */
  raise(name: string): void;
  /** Remembers that an alert needs no more work of this page. */
  remember(name: string): void;
  /** Writes which alerts were raised before the last call. @throws ApiError */
  mark(): Promise<void>;
}

/** Time for which a claim that is not marked as raised is respected, in milliseconds. */
const RESPECTED = 300_000;
/** Maximum number of claims of an alert. */
const MAX_ATTEMPTS = 3;
/** Number of alerts per request. */
const PIECE = 500;
/** Maximum number of remembered alerts. */
const MAX_KNOWN = 20_000;

const claimId = (name: string, attempt: number): string => `silent-${name}${attempt === 1 ? "" : `-${attempt}`}`;
const markId = (name: string): string => `silent-${name}-raised`;
const ATTEMPTS = Array.from({ length: MAX_ATTEMPTS }, (_, i) => i + 1);

export function openSilenceClaims(triage: Pick<Triage, "claim" | "documentsOf">): SilenceClaims {
  const page = randomUUID();
  const raised = new Set<string>();
  /** Alerts that this page raised and has not marked yet. */
  const unmarked = new Set<string>();
  /** When claims of other pages were first seen. The clocks of the pages are not compared. */
  const waiting = new Map<string, number>();

  function standingOf(name: string, documents: ReadonlyMap<string, unknown>): Standing {
    if (documents.has(markId(name))) return { kind: "raised" };
    const attempt = ATTEMPTS.findLast((each) => documents.has(claimId(name, each)));
    if (attempt === undefined) return { kind: "free", attempt: 1 };
    const id = claimId(name, attempt);
    if (textAt(documents.get(id), "page") === page) return { kind: "own" };
    const since = waiting.get(id) ?? performance.now();
    waiting.set(id, since);
    if (performance.now() - since < RESPECTED) return { kind: "waiting" };
    waiting.delete(id);
    return attempt < MAX_ATTEMPTS ? { kind: "free", attempt: attempt + 1 } : { kind: "raised" };
  }

  return {
    isRaised: (name) => raised.has(name) || unmarked.has(name),
    async read(names) {
      if (raised.size > MAX_KNOWN) raised.clear();
      if (waiting.size > MAX_KNOWN) waiting.clear();
      const found = new Map<string, Standing>();
      for (let i = 0; i < names.length; i += PIECE) {
        const some = names.slice(i, i + PIECE);
        const ids = some.flatMap((name) => [markId(name), ...ATTEMPTS.map((attempt) => claimId(name, attempt))]);
        const documents = await triage.documentsOf(ids);
        for (const name of some) {
          const standing = standingOf(name, documents);
          if (standing.kind === "raised") raised.add(name);
          found.set(name, standing);
        }
      }
      return found;
    },
    claim: (name, attempt, document) => triage.claim(claimId(name, attempt), { ...document, page }),
    remember: (name) => void raised.add(name),
    raise: (name) => void unmarked.add(name),
    async mark() {
      for (const name of unmarked) {
        await triage.claim(markId(name), { kind: "silent_raised", page });
        unmarked.delete(name);
        raised.add(name);
      }
    },
  };
}
