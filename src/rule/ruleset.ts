import { compileRuleset } from "../condition/ruleset.ts";
import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { eventTypes, isGeneric } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import type { CompiledRule } from "./compile.ts";
import type { EventCondition } from "./language.ts";
import type { Template } from "./output.ts";

export type LoadedRule = CompiledRule<EventCondition, Template>;

/** Rules that are switched on, compiled for the types of event that each has to see. */
export interface Ruleset {
  readonly rules: readonly LoadedRule[];
  /** By the code of an event type: 1 where some rule has to see such events. */
  readonly wanted: Uint8Array;
  /** The positions in `rules` of those that match, in order; valid until the next call. */
  match(event: Observed): readonly number[];
}

/**
 * Compiles rules, in their order.
 * @param match whether an event raises the alert of the first rule that matches or of all that do
 */
export function buildRuleset(rules: readonly LoadedRule[], match: "first" | "all"): Ruleset {
  const wanted = new Uint8Array(EVENT_TYPES);
  const conditions = rules.map(({ bound: { condition, codes } }) => {
    const all = new Set(codes).add(EventCode.ASYNCEVENT_E); // what is named at run time concerns every rule
    for (const code of unseen) all.delete(code);
    for (const code of all) wanted[code] = 1;
    return { condition, codes: all };
  });
  return { rules, wanted, match: compileRuleset(conditions, { match, eventName }) };
}

/** Enter halves that recorders keep because state needs them. A rule sees a call once: at its exit. */
const unseen: readonly number[] = [
  EventCode.OPEN_E,
  EventCode.CREAT_E,
  EventCode.OPENAT_2_E,
  EventCode.OPENAT2_E,
  EventCode.CONNECT_E,
  EventCode.EXECVE_19_E,
  EventCode.EXECVEAT_E,
];

/** The one name that events of a type have; generic and asynchronous ones have the name that each of them states. */
export function eventName(code: number): string | undefined {
  return isGeneric(code) || code === EventCode.ASYNCEVENT_E ? undefined : eventTypes[code]?.name;
}
