import { vocabulary } from "../field/catalogue.ts";
import { plainPrinting } from "../field/print.ts";
import type { Definitions } from "../rule/definitions.ts";
import type { FileResult } from "../rule/diagnostic.ts";
import { eventLanguage, isLeftSide } from "../rule/language.ts";
import { loadRules } from "../rule/load.ts";
import type { RuleFile } from "../rule/place.ts";
import { buildRuleset, type LoadedRule, type Ruleset } from "../rule/ruleset.ts";
import { type Author, authorOf } from "./written.ts";

export const words = vocabulary();
const language = eventLanguage(words, plainPrinting);
const sources = {
  has: (source: string) => source === "syscall",
  hasField: (_: string, field: string) => isLeftSide(field, words),
};

/** Rules that are ready to be tried. */
export interface Bench {
  /** Those that are switched off in the files too: a test is of what they say. */
  readonly rules: readonly LoadedRule[];
  readonly ruleset: Ruleset;
  readonly definitions: Definitions;
  /** The rules' conditions as they were written. */
  readonly author: Author;
}

/** Loads rules; with errors there is no bench. */
export async function readyBench(
  files: readonly RuleFile[],
): Promise<{ readonly bench: Bench | undefined; readonly results: readonly FileResult[] }> {
  const { rules, results, definitions } = await loadRules(files, language, {
    sources,
    extraOutputs: [],
    results: "all",
  });
  if (results.some(({ ok }) => !ok)) return { bench: undefined, results };
  return { bench: { rules, ruleset: buildRuleset(rules, "all"), definitions, author: authorOf(definitions) }, results };
}
