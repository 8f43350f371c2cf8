import type { Observed } from "../machine/observed.ts";
import type { Bound } from "./bound.ts";
import { type Entry, type Evaluate, emit } from "./emit.ts";
import { foldEventType, Simplifier } from "./simplify.ts";

/** A condition and the codes of the events that it is asked about. */
export interface TypedCondition {
  readonly condition: Bound;
  readonly codes: ReadonlySet<number>;
}

export interface RulesetOptions {
  /** Whether an event answers with the first condition that holds or with all. */
  readonly match: "first" | "all";
  /** The one name that `evt.type` has for a code; undefined where it depends on the event. */
  eventName(code: number): string | undefined;
}

const NONE: readonly number[] = [];

/**
 * Compiles conditions, by the type of event and lazily: the functions for a type are made at its first event.
 * @returns for an event, the indices of the conditions that hold, lowest first; valid until the next call
 */
export function compileRuleset(
  conditions: readonly TypedCondition[],
  options: RulesetOptions,
): (event: Observed) => readonly number[] {
  const judges: (Evaluate | undefined)[] = [];
  const wanted = new Set<number>();
  for (const { codes } of conditions) for (const code of codes) wanted.add(code);
  for (let code = 0; code <= Math.max(-1, ...wanted); code++) judges.push(wanted.has(code) ? unmade(code) : undefined);
  const found: number[] = [];
  const first = options.match === "first";

  function unmade(code: number): Evaluate {
    return (event, into) => {
      const judge = compile(conditions, code, options.eventName(code));
      judges[code] = judge;
      judge?.(event, into);
    };
  }

  return (event) => {
    const judge = judges[event.type];
    if (judge === undefined) return NONE;
    if (found.length > 0) found.length = 0;
    judge(event, found);
    if (found.length > 1) {
      found.sort((a, b) => a - b);
      if (first) found.length = 1;
    }
    return found;
  };
}

/** The function for one type of event; undefined where no condition can hold for it. */
function compile(conditions: readonly TypedCondition[], code: number, name: string | undefined): Evaluate | undefined {
  const simplifier = new Simplifier(name === undefined ? undefined : foldEventType(name));
  const entries: Entry[] = [];
  conditions.forEach(({ condition, codes }, rule) => {
    if (!codes.has(code)) return;
    const node = simplifier.simplify(condition);
    if (node !== simplifier.no) entries.push({ rule, node });
  });
  return entries.length === 0 ? undefined : emit(entries);
}
