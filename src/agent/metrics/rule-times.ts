import { EVENT_TYPES } from "../../event/code.ts";
import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import { Stopwatch } from "../../workbench/profile/stopwatch.ts";

/** Sampled evaluation time of the condition of a rule. */
export interface RuleTime {
  readonly rule: LoadedRule;
  /** Number of measurements. */
  readonly samples: number;
  /** Sum of the measured times, in seconds. */
  readonly seconds: number;
}

export interface RuleTimes {
  /**
   * Measures one of the rules for the type of the event; rules take turns. Each rule is compiled at its first
   * measurement.
   */
  look(event: Observed): void;
  readonly rules: readonly RuleTime[];
}

export function ruleTimes(rules: readonly LoadedRule[]): RuleTimes {
  const stopwatch = new Stopwatch();
  const timed = rules.map((rule) => new Timed(rule));
  /** Rules by event type; `turns` determines the next rule to measure for each type. */
  const byType: Timed[][] = Array.from({ length: EVENT_TYPES }, (_, code) =>
    timed.filter(({ rule }) => rule.bound.codes.has(code)),
  );
  const turns = new Uint32Array(EVENT_TYPES);
  let calibrated = false;
  return {
    rules: timed,
    look(event) {
      const { type } = event;
      const those = byType[type] ?? [];
      const turn = turns[type] ?? 0;
      const one = those[turn % those.length];
      if (one === undefined) return;
      turns[type] = turn + 1;
      one.test ??= compile(one.rule);
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

function compile(rule: LoadedRule): (event: Observed) => boolean {
  const { match } = buildRuleset([rule], "all");
  return (event) => match(event).length > 0;
}
