import type { Observed } from "../machine/observed.ts";
import type { Bound } from "./bound.ts";
import { emitIndexed } from "./candidate/index.ts";
import { type Entry, type Evaluate, emitInSteps } from "./emit.ts";
import { finish } from "./finish.ts";
import { SharedParts } from "./shared-parts.ts";
import { foldEventType, Simplifier } from "./simplify.ts";

/** A condition and the event types for which it is evaluated. */
export interface TypedCondition {
  readonly condition: Bound;
  readonly codes: ReadonlySet<number>;
}

export interface RulesetOptions {
  /** Whether evaluation returns only the first matching condition or all matching conditions. */
  readonly match: "first" | "all";
  /** `never`: disables the index that selects candidates among many conditions by the values of an event. */
  readonly index?: "never";
  /** The name of an event type; undefined if it depends on the event. */
  eventName(code: number): string | undefined;
}

/** Compiled conditions. */
export interface CompiledConditions {
  /** The indices of the conditions that match an event, lowest first; valid until the next call. */
  (event: Observed): readonly number[];
  /** Generates the function of an event type in advance, in steps, instead of at its first event. */
  prepare(code: number): Generator<void>;
}

/** Number of conditions that are simplified per step. */
const STEP = 128;

const NONE: readonly number[] = [];

/** Compiles conditions by event type. The function of a type is generated at its first event. */
export function compileRuleset(conditions: readonly TypedCondition[], options: RulesetOptions): CompiledConditions {
  const functions: (Evaluate | undefined)[] = [];
  const wanted = new Set<number>();
  for (const codes of new Set(conditions.map(({ codes }) => codes))) for (const code of codes) wanted.add(code);
  for (let code = 0; code <= Math.max(-1, ...wanted); code++)
    functions.push(wanted.has(code) ? unmade(code) : undefined);
  const found: number[] = [];
  const first = options.match === "first";
  const made = new Set<number>();
  const shared = new SharedParts();
  const compiled = new CompiledEntries(options.index === "never" ? emitInSteps : emitIndexed);

  function* prepare(code: number): Generator<void> {
    if (!wanted.has(code) || made.has(code)) return;
    const entries = yield* entriesOf(conditions, code, options.eventName(code), shared);
    functions[code] = yield* compiled.of(entries);
    made.add(code);
  }

  function unmade(code: number): Evaluate {
    return (event, into) => {
      finish(prepare(code));
      functions[code]?.(event, into);
    };
  }

  const match = (event: Observed): readonly number[] => {
    const evaluate = functions[event.type];
    if (evaluate === undefined) return NONE;
    if (found.length > 0) found.length = 0;
    evaluate(event, found);
    if (found.length > 1) {
      found.sort((a, b) => a - b);
      if (first) found.length = 1;
      else unique(found);
    }
    return found;
  };
  return Object.assign(match, { prepare });
}

/** Removes repeated numbers from a sorted list. */
function unique(sorted: number[]): void {
  let kept = 1;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i]!;
  sorted.length = kept;
}

/** The conditions that events of a type can match, simplified for the type. */
function* entriesOf(
  conditions: readonly TypedCondition[],
  code: number,
  name: string | undefined,
  shared: SharedParts,
): Generator<void, readonly Entry[]> {
  const simplifier = new Simplifier(name === undefined ? undefined : foldEventType(name), shared, shared.alike);
  const entries: Entry[] = [];
  for (const [rule, { condition, codes }] of conditions.entries()) {
    if (rule % STEP === 0) yield;
    if (!codes.has(code)) continue;
    const node = simplifier.simplify(condition);
    if (node !== simplifier.no) entries.push({ rule, node });
  }
  return entries;
}

/** Functions by the conditions that they evaluate, since many event types have the same conditions. */
class CompiledEntries {
  private readonly emit: (entries: readonly Entry[]) => Generator<void, Evaluate>;
  private readonly known = new Map<number, { readonly entries: readonly Entry[]; readonly evaluate: Evaluate }[]>();

  constructor(emit: (entries: readonly Entry[]) => Generator<void, Evaluate>) {
    this.emit = emit;
  }

  /** The function of an event type; undefined without conditions. */
  *of(entries: readonly Entry[]): Generator<void, Evaluate | undefined> {
    if (entries.length === 0) return undefined;
    const key = entries.reduce((hash, { rule, node }) => (Math.imul(hash, 31) + rule * 7919 + node.id) | 0, 0);
    const alike = this.known.get(key) ?? [];
    this.known.set(key, alike);
    const same = alike.find((each) => areEqual(each.entries, entries));
    if (same !== undefined) return same.evaluate;
    const evaluate = yield* this.emit(entries);
    alike.push({ entries, evaluate });
    return evaluate;
  }
}

function areEqual(one: readonly Entry[], other: readonly Entry[]): boolean {
  return (
    one.length === other.length && one.every(({ rule, node }, i) => rule === other[i]?.rule && node === other[i].node)
  );
}
