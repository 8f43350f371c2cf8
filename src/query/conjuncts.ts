import type { AlertQuery, WordsTest } from "./ast.ts";

/** The parts of a query. All parts must match. Parts that stores can evaluate with an index are separate. */
export interface Conjuncts {
  /** Bounds in nanoseconds since the epoch, both inclusive. */
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
  readonly words: readonly WordsTest[];
  /** The remaining condition; undefined if there is none. */
  readonly condition: AlertQuery | undefined;
}

/**
 * Splits a query into its parts.
 * @param query the query; undefined selects all alerts
 */
export function conjunctsOf(query: AlertQuery | undefined): Conjuncts {
  let since: bigint | undefined;
  let until: bigint | undefined;
  const words: WordsTest[] = [];
  const rest: AlertQuery[] = [];
  for (const part of partsOf(query)) {
    if (part.kind === "since") since = since === undefined || part.time > since ? part.time : since;
    else if (part.kind === "until") until = until === undefined || part.time < until ? part.time : until;
    else if (part.kind === "words") words.push(part);
    else rest.push(part);
  }
  const [only] = rest;
  return { since, until, words, condition: rest.length > 1 ? { kind: "and", parts: rest } : only };
}

/** The operands of a conjunction, or the query itself. */
export function partsOf(query: AlertQuery | undefined): readonly AlertQuery[] {
  if (query === undefined) return [];
  return query.kind === "and" ? query.parts.flatMap(partsOf) : [query];
}
