import { userNamedSources } from "../agent/documents/settings.ts";
import { Failure } from "../agent/failure.ts";
import { defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { nearest } from "../condition/did-you-mean.ts";
import { knownSources } from "../field/sources.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { print, printJsonText } from "../telemetry/print.ts";
import { type Catalogue, type Format, render, search } from "../workbench/inventory/catalogue.ts";
import { describer, type RuleRecord } from "../workbench/inventory/inventory.ts";
import { type Coverage, coverageOf, mitreText } from "../workbench/inventory/mitre.ts";
import type { RuleListOptions } from "./rule-list.ts";
import { printLeftOut, readSettings } from "./settings.ts";

/** `eyas rules`: lists loaded rules, describes a rule, or prints MITRE ATT&CK coverage. */
export async function listRules(words: readonly string[], options: RuleListOptions): Promise<void> {
  const settings = await readSettings(options);
  const { config } = settings;
  const sources = [...knownSources, ...userNamedSources(config)];
  const ready = await readyRules(settings.rules ?? defaultRulesOf(sources), config, "all", "", { sources });
  printLeftOut(ready);
  const { loaded, selected } = ready;
  const [on, inShadow] = [new Set(selected.enabled), new Set(selected.shadow)];
  const rules = loaded.rules.map((rule) => ({ ...rule, enabled: on.has(rule), shadow: inShadow.has(rule) }));
  const describe = describer(loaded.definitions);
  const { format } = options;
  const write = format === "json" ? printJsonText : print;
  if (options.mitre) return write(mitre(coverageOf(rules.filter(({ enabled }) => enabled)), format));
  if (options.describe !== undefined) {
    const rule = ruleNamed(options.describe, rules);
    const record = describe.rule(rule);
    return write(format === "json" ? json({ rules: [record] }) : description(record, stateOf(rule), format));
  }
  const listed = search(catalogue(rules), words);
  if (format !== "json") return write(render(listed, options, process.stdout.columns || 120));
  const shown = new Set(listed.sections.flatMap((section) => section.rows.map(({ name }) => name)));
  const all = describe.all(rules);
  write(
    options.names ? json([...shown]) : json({ ...all, rules: all.rules.filter(({ info }) => shown.has(info.name)) }),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** A loaded rule, after the selections of the configuration. */
interface SelectedRule extends LoadedRule {
  readonly shadow: boolean;
}

function stateOf({ enabled, shadow }: SelectedRule): string {
  return enabled ? "" : shadow ? "shadow" : "disabled";
}

function ruleNamed(name: string, rules: readonly SelectedRule[]): SelectedRule {
  const rule =
    rules.find((one) => one.name === name) ?? rules.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (rule !== undefined) return rule;
  const near = nearest(
    name,
    rules.map((one) => one.name),
  );
  throw new Failure(`Rule "${name}" not found${near === undefined ? "." : `; did you mean "${near}"?`}`);
}

function catalogue(rules: readonly SelectedRule[]): Catalogue {
  const sources = [...new Set(rules.map(({ source }) => source))];
  return {
    columns: ["Rule", "Priority", "MITRE ATT&CK", "State", "Description"],
    sections: sources.map((source) => ({
      title: `Rules for ${source}`,
      rows: rules
        .filter((rule) => rule.source === source)
        .map((rule) => ({
          name: rule.name,
          cells: [rule.name, rule.priority, mitreText(rule), stateOf(rule), oneLine(rule.description)],
          record: {},
        })),
    })),
  };
}

/** Returns a rule as text or Markdown. */
function description({ info, details }: RuleRecord, state: string, format: Format): string {
  const markdown = format === "markdown";
  const heading = markdown ? `## ${info.name}\n` : `${info.name}\n`;
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ["tags", info.tags],
    ["events", details.events],
    ["fields", details.condition_fields],
    ["output fields", details.output_fields],
    ["macros", details.macros],
    ["lists", details.lists],
    ["operators", details.condition_operators],
    ["exceptions", details.exception_names],
  ];
  const code = (text: string): string => (markdown ? `\`\`\`\n${text}\n\`\`\`\n` : `${indent(text)}\n`);
  let out = `${heading}\n${oneLine(info.description)}\n\n${info.priority}, source ${info.source}${state && `, ${state}`}\n\n`;
  for (const [what, names] of facts) {
    if (names.length === 0) continue;
    const shown = names.map((name) => (markdown ? `\`${name}\`` : name)).join(", ");
    out += markdown ? `- ${what}: ${shown}\n` : `${what.padEnd(22)}${shown}\n`;
  }
  out += `\ncondition\n\n${code(info.condition)}\noutput\n\n${code(info.output)}`;
  return out;
}

/** Returns the coverage table: one row for each technique, and for each tactic without techniques. */
function mitre(coverage: readonly Coverage[], format: Format): string {
  if (format === "json") return json(coverage);
  const none = "—";
  const rows = coverage.flatMap(({ tactic, techniques }) =>
    techniques.length === 0
      ? [[tactic, none, none]]
      : techniques.map(({ technique = none, rules }, i) => [i === 0 ? tactic : "", technique, rules.join(", ")]),
  );
  const covered = coverage.filter(({ rules }) => rules > 0);
  const techniques = new Set(covered.flatMap((each) => each.techniques.flatMap(({ technique = [] }) => technique)));
  const sum = `${covered.length} of ${coverage.length} tactics, ${techniques.size} techniques.\n`;
  if (format === "markdown") {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
    const head = line(["tactic", "technique", "rules"]) + line(["---", "---", "---"]);
    return `${head}${rows.map(line).join("")}\n${sum}`;
  }
  return `${rows.map(([tactic = "", technique = "", names = ""]) => `${tactic.padEnd(22)}${technique.padEnd(11)}${names}\n`).join("")}\n${sum}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ").trimEnd();
}
