import { type RuleVocabulary, vocabulary } from "../field/catalogue.ts";
import { plainPrinting } from "../field/print.ts";
import { SYSCALL } from "../field/sources.ts";
import type { Definitions } from "../rule/definitions.ts";
import type { FileResult } from "../rule/diagnostic.ts";
import { type Languages, openLanguages } from "../rule/languages.ts";
import { loadRules } from "../rule/load.ts";
import type { RuleFile } from "../rule/location.ts";
import { buildRuleset, type LoadedRule, type Ruleset } from "../rule/ruleset.ts";
import { type Author, authorOf } from "./written.ts";

/** The words of system calls. */
export const words = vocabulary();

/** Rules that are ready to be tried. */
export interface Bench {
  /** Those of all sources, and those that are switched off in the files too: a test is of what they say. */
  readonly rules: readonly LoadedRule[];
  /** The rules about system calls. */
  readonly ruleset: Ruleset;
  /** The rules about the events of a source. */
  of(source: string): Ruleset;
  /** The words for events of a source. */
  words(source: string): RuleVocabulary;
  readonly definitions: Definitions;
  /** The rules' conditions as they were written. */
  readonly author: Author;
}

/**
 * Loads rules; with errors there is no bench.
 * @param sources those that tests write events of, beside the ones that are always there
 * @param texts in which fields are named beside the rules: some are only fetched for those who do
 */
export async function readyBench(
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
    author: authorOf(definitions),
  };
  return { bench, results };
}

const known = new Map<string, Languages>();

/** Opened once: a test file loads its rules again and again, with something in place of something else. */
function languagesWith(sources: readonly string[]): Languages {
  const key = [...sources].sort().join(" ");
  const languages = known.get(key) ?? openLanguages({ printing: plainPrinting, sources });
  known.set(key, languages);
  return languages;
}
