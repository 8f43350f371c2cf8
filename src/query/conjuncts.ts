import type { AlertQuery, WordsTest } from "./ast.ts";

/** A query as conditions that all hold: those that stores have an index for stand apart. */
export interface Conjuncts {
  /** Nanoseconds since the epoch, both inclusive. */
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
  readonly words: readonly WordsTest[];
  /** All the others. */
  readonly condition: AlertQuery | undefined;
}

/** Takes a query apart. @param query undefined: every alert */
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

/** The conditions that all hold in a query. */
export function partsOf(query: AlertQuery | undefined): readonly AlertQuery[] {
  if (query === undefined) return [];
  return query.kind === "and" ? query.parts.flatMap(partsOf) : [query];
}
