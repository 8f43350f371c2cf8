import { EVENT_TYPES } from "../../event/code.ts";
import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import { Stopwatch } from "../../workbench/profile/stopwatch.ts";

/** What a rule's condition takes by itself, from a sample of the events that it is asked about. */
export interface RuleTime {
  readonly rule: LoadedRule;
  /** How often it was measured. */
  readonly samples: number;
  /** Seconds in all these times. */
  readonly seconds: number;
}

export interface RuleTimes {
  /** Measures one rule on an event, another one each time; a rule that was never measured is compiled first. */
  look(event: Observed): void;
  readonly rules: readonly RuleTime[];
}

export function ruleTimes(rules: readonly LoadedRule[]): RuleTimes {
  const stopwatch = new Stopwatch();
  const timed = rules.map((rule) => new Timed(rule));
  /** By the code of an event's type: the rules that ask about it, and whose turn it is. */
  const concerned: Timed[][] = Array.from({ length: EVENT_TYPES }, (_, code) =>
    timed.filter(({ rule }) => rule.bound.codes.has(code)),
  );
  const turns = new Uint32Array(EVENT_TYPES);
  let calibrated = false;
  return {
    rules: timed,
    look(event) {
      const those = concerned[event.type];
      if (those.length === 0) return;
      const one = those[turns[event.type]++ % those.length];
      one.test ??= alone(one.rule);
      if (!calibrated) stopwatch.calibrate([one.test], event);
      calibrated = true;
      one.samples++;
      one.seconds += Math.max(0, stopwatch.time(one.test, event)) / 1e9;
    },
  };
}

class Timed implements RuleTime {
  readonly rule: LoadedRule;
  test: ((event: Observed) => boolean) | undefined = undefined;
  samples = 0;
  seconds = 0;

  constructor(rule: LoadedRule) {
    this.rule = rule;
  }
}

function alone(rule: LoadedRule): (event: Observed) => boolean {
  const { match } = buildRuleset([rule], "all");
  return (event) => match(event).length > 0;
}
