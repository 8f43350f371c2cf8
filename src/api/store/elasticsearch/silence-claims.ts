import { randomUUID } from "node:crypto";
import type { Fields } from "./json.ts";
import { textAt } from "./json.ts";
import type { Triage } from "./triage.ts";

/**
 * The state of an alert for this page: `raised`, or `waiting` because another page may be raising the alert, or the
 * page may raise the alert.
 */
export type Standing =
  | { readonly kind: "raised" | "waiting" }
  /** This page has claimed the alert, possibly without receiving the response, and has not raised the alert. */
  | { readonly kind: "own" }
  /** This page may create the claim with this number. */
  | { readonly kind: "free"; readonly attempt: number };

/**
 * Claims of alerts, so that only one of several pages raises an alert. A claim is a document that names the page.
 * Another document states that the alert was raised; if this document is missing for some minutes, another page creates
 * the next claim. An alert may be raised twice, but is not lost. Documents are never changed.
 */
export interface SilenceClaims {
  /** Whether this page has stored that the alert needs no more work. Sends no request. */
  isRaised(name: string): boolean;
  /** Reads the claims of some alerts. @throws ApiError */
  read(names: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  /**
   * Claims an alert.
   * @returns false if another page was first, or the response to an earlier attempt was lost.
   * @throws ApiError
   */
  claim(name: string, attempt: number, document: Fields): Promise<boolean>;
  /** Records that this page raises an alert. */
  raise(name: string): void;
  /** Stores in memory that an alert needs no more work by this page. */
  remember(name: string): void;
  /** Writes documents for the alerts that this page has raised. @throws ApiError */
  mark(): Promise<void>;
}

/** Time after which another page may claim an alert that is not marked as raised, in milliseconds. */
const RESPECTED = 300_000;
/** Maximum number of claims of an alert. */
const MAX_ATTEMPTS = 3;
/** Number of alerts per request. */
const PIECE = 500;
/** Maximum number of alerts in memory. */
const MAX_KNOWN = 20_000;

const claimId = (name: string, attempt: number): string => `silent-${name}${attempt === 1 ? "" : `-${attempt}`}`;
const markId = (name: string): string => `silent-${name}-raised`;
const ATTEMPTS = Array.from({ length: MAX_ATTEMPTS }, (_, i) => i + 1);

export function openSilenceClaims(triage: Pick<Triage, "claim" | "documentsOf">): SilenceClaims {
  const page = randomUUID();
  const raised = new Set<string>();
  /** Alerts that this page has raised but not marked as raised yet. */
  const unmarked = new Set<string>();
  /** Times when this page first read the claims of other pages. The clocks of the pages are not compared. */
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
