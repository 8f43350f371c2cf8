import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import { plainPrinting } from "../../src/field/print.ts";
import type { EventCondition } from "../../src/rule/language.ts";
import { type Languages, openLanguages } from "../../src/rule/languages.ts";
import type { LoadedRules } from "../../src/rule/load.ts";
import { loadRules } from "../../src/rule/load.ts";
import type { RuleFile } from "../../src/rule/location.ts";
import type { Template } from "../../src/rule/output.ts";
import type { LoadedRule } from "../../src/rule/ruleset.ts";
import type { Checked, Named, RuleDiagnostic } from "./protocol.ts";

/** The rule files with the edited text in its place, loaded. */
export interface EditedRules {
  readonly files: readonly RuleFile[];
  readonly loaded: LoadedRules<EventCondition, Template>;
  readonly languages: Languages;
  /** The rules that the edited text defines or changes. */
  readonly own: readonly LoadedRule[];
  /** Whether a rule judges: as its file says, or the configuration. */
  readonly isOn: (rule: LoadedRule) => boolean;
}

/**
 * Puts the edited text in the place of the file of its name, else behind all files, and loads them as `eyas check`
 * does.
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
  const isOn = ({ name, enabled }: LoadedRule): boolean => (Object.hasOwn(switched, name) ? switched[name] : enabled);
  return { files, loaded, languages, own, isOn };
}

/** The diagnostics of an edition. */
export function check({ files, loaded: { results, definitions }, own, isOn }: EditedRules): Checked {
  const order = new Map(files.map(({ name }, i) => [name, i]));
  const remarks = results.flatMap(({ errors, warnings }): RuleDiagnostic[] => [
    ...errors.map((each): RuleDiagnostic => ({ severity: "error", ...each })),
    ...warnings.map((each): RuleDiagnostic => ({ severity: "warning", ...each })),
  ]);
  remarks.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column);
  // What an earlier file says again behind each later one is told once.
  const said = new Set<string>();
  const once = remarks.filter((remark) => {
    const key = JSON.stringify(remark);
    return !said.has(key) && said.add(key);
  });
  return {
    ok: results.every(({ ok }) => ok),
    diagnostics: once,
    rules: own.map((rule) => ({ name: rule.name, source: rule.source, enabled: isOn(rule) })),
    macros: [...definitions.macros.values()].map(
      ({ name, condition }): Named => ({ name, text: condition.text.trim() }),
    ),
    lists: [...definitions.lists.values()].map(({ name, items }): Named => ({ name, text: items.join(", ") })),
  };
}
