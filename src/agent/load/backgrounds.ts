import { type Background, lineageOf } from "../../alert/background.ts";
import { measure } from "../../condition/measure.ts";
import type { Config } from "../../config/load.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { conditionTrees } from "../../workbench/condition-tree.ts";
import { alertExplainer, type ExplainAlert } from "../../workbench/explain/alert-explanations.ts";
import { valueReader } from "../../workbench/explain/value.ts";
import type { ReadyRules, SourceRules } from "./ready-rules.ts";

/** Maximum number of explanations per second, and maximum burst. Alerts above this limit have no explanation. */
const RATE = 20;
const BURST = 40;
/**
 * Maximum number of tests and operators in a condition with expanded macros. Matches of larger conditions are not
 * explained.
 */
const MAX_EXPLAINED = 2000;

/** Adds process lineage and, within the limits above, an explanation to each alert, for the journal. */
export function withBackground(rules: ReadyRules, config: Config): ReadyRules {
  const explainers = explainersFor(rules, config);
  const budget = openBudget();
  const made = new Map<string, SourceRules>();

  function background(rule: LoadedRule, event: Observed): Background | undefined {
    const lineage = lineageOf(event.machine, event.thread);
    const explain = explainers.get(rule.source);
    const small = measure(rule.bound.condition.node).nodes <= MAX_EXPLAINED;
    const explained = explain !== undefined && small && budget.take() ? explain(rule, event) : undefined;
    return lineage.length > 0 || explained !== undefined ? { lineage, ...(explained && { explained }) } : undefined;
  }

  function of(source: string): SourceRules {
    const known = made.get(source);
    if (known !== undefined) return known;
    const { ruleset, raise } = rules.of(source);
    const own: SourceRules = {
      ruleset,
      raise(rule, event) {
        const alert = raise(rule, event);
        const loaded = ruleset.rules[rule];
        const found = loaded && background(loaded, event);
        if (found !== undefined) alert.background = found;
        return alert;
      },
    };
    made.set(source, own);
    return own;
  }

  return { ...rules, ...of(SYSCALL), of };
}

/** Functions that explain matches, by event source. */
function explainersFor({ loaded, words }: ReadyRules, config: Config): ReadonlyMap<string, ExplainAlert> {
  const sources = [...new Set(loaded.rules.map(({ source }) => source))];
  const printing = { base64Buffers: config.buffer_format_base64 };
  const trees = conditionTrees(loaded.definitions);
  const explainers = new Map<string, ExplainAlert>();
  for (const source of sources) {
    const own = words(source);
    if (own !== undefined) explainers.set(source, alertExplainer(trees, valueReader(own, printing)));
  }
  return explainers;
}

function openBudget(): { take(): boolean } {
  let left = BURST;
  let at = 0;
  return {
    take() {
      const now = performance.now();
      left = Math.min(BURST, left + ((now - at) * RATE) / 1000);
      at = now;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
