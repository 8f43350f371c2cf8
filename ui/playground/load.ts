import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import { plainPrinting } from "../../src/field/print.ts";
import type { EventCondition } from "../../src/rule/language.ts";
import { type Languages, openLanguages } from "../../src/rule/languages.ts";
import type { LoadedRules } from "../../src/rule/load.ts";
import { loadRules } from "../../src/rule/load.ts";
import type { RuleFile } from "../../src/rule/location.ts";
import type { Template } from "../../src/rule/output.ts";
import type { LoadedRule } from "../../src/rule/ruleset.ts";
import { gapsOf } from "../../src/workbench/gaps.ts";
import type { CheckResult, Definition, RuleDiagnostic } from "./protocol.ts";

/** The loaded rule files with the edited file, which replaces the file of the same name or is added at the end. */
export interface EditedRules {
  readonly files: readonly RuleFile[];
  readonly loaded: LoadedRules<EventCondition, Template>;
  readonly languages: Languages;
  /** Rules that the edited file defines or changes. */
  readonly own: readonly LoadedRule[];
  /** Whether a rule is enabled, according to the rule file and the configuration. */
  readonly isEnabled: (rule: LoadedRule) => boolean;
}

/**
 * Replaces the loaded file of the same name with the edited file, or appends it, and loads all files in the same way as
 * `eyas check`.
 */
export async function load(base: RuleFiles, edited: RuleFile): Promise<EditedRules> {
  const { statics, sources, switched } = base;
  const files = base.files.some(({ name }) => name === edited.name)
    ? base.files.map((file) => (file.name === edited.name ? edited : file))
    : [...base.files, edited];
  const languages = openLanguages({ printing: plainPrinting, statics, sources });
  const loaded = await loadRules(files, languages.language, { sources: languages, extraOutputs: [], results: "each" });
  const position = files.indexOf(edited);
  const own = loaded.rules.filter(
    ({ definition }) => definition.changed === position || definition.place.file === edited,
  );
  const isEnabled = ({ name, enabled }: LoadedRule): boolean =>
    (Object.hasOwn(switched, name) ? switched[name] : undefined) ?? enabled;
  return { files, loaded, languages, own, isEnabled };
}

/** Returns the diagnostics of all files, the edited rules, and all macros and lists. */
export function check({ files, loaded: { results, definitions }, own, isEnabled }: EditedRules): CheckResult {
  const order = new Map(files.map(({ name }, i) => [name, i]));
  // The architecture of the agent's machine is unknown here; x64 is the most common.
  const gaps = gapsOf(own, {
    architecture: "x64",
    containers: true,
    base: { custom_set: [], repair: false, all: false },
  });
  const all = results.flatMap(({ errors, warnings }): RuleDiagnostic[] => [
    ...errors.map((error): RuleDiagnostic => ({ severity: "error", ...error })),
    ...warnings.map((warning): RuleDiagnostic => ({ severity: "warning", ...warning })),
  ]);
  all.push(...gaps.map((gap): RuleDiagnostic => ({ severity: "warning", ...gap })));
  all.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column);
  // The result for each file repeats the diagnostics for all previous files.
  const diagnostics = [...new Map(all.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
  return {
    ok: results.every(({ ok }) => ok),
    diagnostics,
    rules: own.map((rule) => ({ name: rule.name, source: rule.source, enabled: isEnabled(rule) })),
    macros: [...definitions.macros.values()].map(
      ({ name, condition }): Definition => ({ name, text: condition.text.trim() }),
    ),
    lists: [...definitions.lists.values()].map(({ name, items }): Definition => ({ name, text: items.join(", ") })),
  };
}
