import { type CompiledConditions, compileRuleset } from "../condition/ruleset.ts";
import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { eventTypes, isGeneric } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import type { CompiledRule } from "./compile.ts";
import type { EventCondition } from "./language.ts";
import type { Template } from "./output.ts";

export type LoadedRule = CompiledRule<EventCondition, Template>;

/** Enabled and shadow rules, compiled by event type. */
export interface Ruleset {
  readonly rules: readonly LoadedRule[];
  /** 1 for event types that a rule can match. */
  readonly wanted: Uint8Array;
  /** Number of leading rules that raise alerts. Matches of the other rules are only counted. Undefined: all rules. */
  readonly raising?: number;
  /** The indices in `rules` of the matching rules, in order; valid until the next call. */
  match(event: Observed): readonly number[];
}

/** A ruleset whose functions can be generated before the first event. */
export interface CompiledRuleset extends Ruleset {
  readonly match: CompiledConditions;
}

/**
 * Compiles rules, in order.
 * @param match whether an event raises the alert of the first matching rule or of all matching rules
 * @param raising number of leading rules that raise alerts
 */
export function buildRuleset(
  rules: readonly LoadedRule[],
  match: "first" | "all",
  raising: number = rules.length,
): CompiledRuleset {
  const wanted = new Uint8Array(EVENT_TYPES);
  /** Event types to evaluate, by the event types of conditions. Conditions that share a set share the result. */
  const known = new Map<ReadonlySet<number>, ReadonlySet<number>>();
  const conditions = rules.map(({ bound: { condition, codes } }) => {
    const before = known.get(codes);
    if (before !== undefined) return { condition, codes: before };
    const all = new Set(codes).add(EventCode.ASYNCEVENT_E); // their names are known only at run time
    for (const code of unseen) all.delete(code);
    for (const code of all) wanted[code] = 1;
    known.set(codes, all);
    return { condition, codes: all };
  });
  return { rules, wanted, raising, match: compileRuleset(conditions, { match, eventName }) };
}

/**
 * Enter events that only update the state of the machine. Rules are evaluated only on the exit events of these calls.
 */
const unseen: readonly number[] = [
  EventCode.OPEN_E,
  EventCode.CREAT_E,
  EventCode.OPENAT_2_E,
  EventCode.OPENAT2_E,
  EventCode.CONNECT_E,
  EventCode.EXECVE_19_E,
  EventCode.EXECVEAT_E,
];

/** The name of an event type; undefined for generic and asynchronous events, whose names depend on the event. */
export function eventName(code: number): string | undefined {
  return isGeneric(code) || code === EventCode.ASYNCEVENT_E ? undefined : eventTypes[code]?.name;
}
