import { type Background, lineageOf } from "../../alert/background.ts";
import type { Config } from "../../config/load.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { conditionTrees } from "../../workbench/condition-tree.ts";
import { alertExplainer, type ExplainAlert } from "../../workbench/explain/alert-explanations.ts";
import { valueReader } from "../../workbench/explain/value.ts";
import type { ReadyRules, SourceRules } from "./ready-rules.ts";

/** Explanations in a second, and at once: with more alerts than that, the first of them are explained. */
const RATE = 20;
const BURST = 40;

/**
 * The same rules, whose alerts bring what the journal keeps beside them: the processes that led to them, and what of the
 * rule matched.
 */
export function withBackground(rules: ReadyRules, config: Config): ReadyRules {
  const keepers = explainersFor(rules, config);
  const budget = openBudget();
  const made = new Map<string, SourceRules>();

  function background(rule: LoadedRule, event: Observed): Background | undefined {
    const lineage = lineageOf(event.machine, event.thread);
    const keeper = keepers.get(rule.source);
    const explained = keeper !== undefined && budget.take() ? keeper(rule, event) : undefined;
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

/** What explains the alerts of each source. */
function explainersFor({ loaded, words }: ReadyRules, config: Config): ReadonlyMap<string, ExplainAlert> {
  const sources = [...new Set(loaded.rules.map(({ source }) => source))];
  const printing = { base64Buffers: config.buffer_format_base64 };
  const author = conditionTrees(loaded.definitions);
  const keepers = new Map<string, ExplainAlert>();
  for (const source of sources) {
    const own = words(source);
    if (own !== undefined) keepers.set(source, alertExplainer(author, valueReader(own, printing)));
  }
  return keepers;
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
