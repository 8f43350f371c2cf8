import { type RuleVocabulary, vocabulary } from "../field/catalogue.ts";
import { plainPrinting } from "../field/print.ts";
import { SYSCALL } from "../field/sources.ts";
import type { Definitions } from "../rule/definitions.ts";
import type { FileResult } from "../rule/diagnostic.ts";
import { type Languages, openLanguages } from "../rule/languages.ts";
import { loadRules } from "../rule/load.ts";
import type { RuleFile } from "../rule/location.ts";
import { buildRuleset, type LoadedRule, type Ruleset } from "../rule/ruleset.ts";
import { type ConditionTrees, conditionTrees } from "./condition-tree.ts";

/** Vocabulary of system call fields. */
export const words = vocabulary();

/** Loaded rules, with the data that tests and explanations require. */
export interface Bench {
  /** Rules of all sources, including disabled rules, which can also be tested. */
  readonly rules: readonly LoadedRule[];
  /** Rules for system calls. */
  readonly ruleset: Ruleset;
  /** Returns the rules for the events of a source. */
  of(source: string): Ruleset;
  /** Returns the vocabulary for the events of a source. */
  words(source: string): RuleVocabulary;
  readonly definitions: Definitions;
  /** Conditions of the rules as trees. */
  readonly trees: ConditionTrees;
}

/**
 * Loads rules. The bench is undefined if there are errors.
 * @param sources names of user-defined sources in the tests
 * @param texts additional strings with field names, such as outputs, whose field classes are loaded too
 */
export async function loadBench(
  files: readonly RuleFile[],
  sources: readonly string[] = [],
  texts: readonly string[] = [],
): Promise<{ readonly bench: Bench | undefined; readonly results: readonly FileResult[] }> {
  const languages = languagesWith(sources);
  await languages.prepare(sources, texts);
  const { rules, results, definitions } = await loadRules(files, languages.language, {
    sources: languages,
    extraOutputs: [],
    results: "all",
  });
  if (results.some(({ ok }) => !ok)) return { bench: undefined, results };
  const bySource = Map.groupBy(rules, ({ source }) => source);
  const rulesets = new Map<string, Ruleset>();
  const of = (source: string): Ruleset => {
    const ruleset = rulesets.get(source) ?? buildRuleset(bySource.get(source) ?? [], "all");
    rulesets.set(source, ruleset);
    return ruleset;
  };
  const bench: Bench = {
    rules,
    ruleset: of(SYSCALL),
    of,
    words: (source) => languages.vocabulary(source) ?? words,
    definitions,
    trees: conditionTrees(definitions),
  };
  return { bench, results };
}

const known = new Map<string, Languages>();

/** Cached, because the rules of a test file are loaded once per set of replacements. */
function languagesWith(sources: readonly string[]): Languages {
  const key = [...sources].sort().join(" ");
  const languages = known.get(key) ?? openLanguages({ printing: plainPrinting, sources });
  known.set(key, languages);
  return languages;
}
