import type { Observed } from "../../machine/observed.ts";
import type { Subject } from "../bound.ts";
import { type Entry, type Evaluate, emitInSteps } from "../emit.ts";
import { finish } from "../finish.ts";
import { CoverFinder } from "./cover.ts";
import { Lookup } from "./lookup.ts";

/**
 * Minimum number of rules for which an index is faster than testing each rule. Its lookups cost about as much per event
 * as a hundred comparisons.
 */
const LEAST_RULES = 128;
/** Number of rules that are added to the index per step. */
const STEP = 128;
/** Maximum depth of nested indexes. Nested indexes are used if many rules have a value in common. */
const MAX_DEPTH = 3;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Generates, in steps, a function that evaluates many conditions, for the case that each event can match only a few of
 * them. The values of an event select candidate conditions, and only the candidates are evaluated. Lists of a
 * few candidates are compiled when they are first selected.
 */
export function* emitIndexed(entries: readonly Entry[], excluded = NOTHING, depth = 0): Generator<void, Evaluate> {
  if (entries.length < LEAST_RULES || depth > MAX_DEPTH) return yield* emitInSteps(entries);
  const finder = new CoverFinder(excluded);
  for (const [i, { node }] of entries.entries()) {
    finder.count(node);
    if (i % STEP === 0) yield;
  }
  const always: Entry[] = [];
  const lookups = new Map<string, SubjectLookup>();
  for (const [i, entry] of entries.entries()) {
    if (i % STEP === 0) yield;
    const cover = finder.of(entry.node);
    if (cover === undefined) {
      always.push(entry);
      continue;
    }
    for (const { subject, kind, operand } of cover.atoms) {
      let lookup = lookups.get(subject.key);
      if (lookup === undefined) {
        lookup = new SubjectLookup(subject, new Set([...excluded, subject.key]), depth);
        lookups.set(subject.key, lookup);
      }
      lookup.candidates.add(kind, operand, entry);
    }
  }
  const rest = always.length === 0 ? undefined : yield* emitInSteps(always);
  const all = [...lookups.values()];
  yield* compileLongest(all, entries.length);
  return (event, into) => {
    rest?.(event, into);
    for (let i = 0; i < all.length; i++) all[i]!.evaluate(event, into);
  };
}

/**
 * Compiles, in steps, the lists of so many candidates that compiling them would delay the first event with their value:
 * the longest lists, up to a total of `budget` candidates, since each rule can be in thousands of long lists.
 */
function* compileLongest(lookups: readonly SubjectLookup[], budget: number): Generator<void> {
  const long = lookups.flatMap((lookup) =>
    [...lookup.candidates.lists()]
      .filter(({ length }) => length >= LEAST_RULES)
      .map((entries) => ({ lookup, entries })),
  );
  long.sort((one, other) => other.entries.length - one.entries.length);
  let left = budget;
  for (const { lookup, entries } of long) {
    left -= entries.length;
    if (left < 0) return;

    yield* lookup.compileInSteps(entries);
  }
}

/** The function of a list of rules, which several lists may share. */
interface Compiled {
  readonly evaluate: Evaluate;
  /** Number of the last evaluation that called the function. */
  evaluation: number;
}

/** Selects rules by the value of one subject. */
class SubjectLookup {
  readonly candidates = new Lookup<Entry>();
  private readonly read: Subject["read"];
  private readonly excluded: ReadonlySet<string>;
  private readonly depth: number;
  private readonly compiled = new Map<readonly Entry[], Compiled>();
  /** Functions by rules, so that lists with the same rules share a function. */
  private readonly byRules = new Map<string, Compiled>();
  private evaluation = 0;

  constructor({ read }: Subject, excluded: ReadonlySet<string>, depth: number) {
    this.read = read;
    this.excluded = excluded;
    this.depth = depth;
  }

  evaluate(event: Observed, into: number[]): void {
    const value = this.read(event);
    if (value === undefined) return;
    const lists = this.candidates.find(value);
    if (lists.length === 0) return;
    const evaluation = ++this.evaluation;
    for (let i = 0; i < lists.length; i++) {
      const entries = lists[i]!;
      const compiled = this.compiled.get(entries) ?? this.compile(entries);
      if (compiled.evaluation === evaluation) continue;
      compiled.evaluation = evaluation;
      compiled.evaluate(event, into);
    }
  }

  private compile(entries: readonly Entry[]): Compiled {
    return finish(this.compileInSteps(entries));
  }

  /** Compiles a list of candidates in steps. */
  *compileInSteps(entries: readonly Entry[]): Generator<void, Compiled> {
    const key = entries.map(({ rule }) => rule).join();
    const compiled = this.byRules.get(key) ?? {
      evaluate: yield* emitIndexed(entries, this.excluded, this.depth + 1),
      evaluation: 0,
    };
    this.byRules.set(key, compiled);
    this.compiled.set(entries, compiled);
    return compiled;
  }
}
