import { defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { isTechnique, techniqueName } from "../api/mitre.ts";
import { loadConfig } from "../config/load.ts";
import type { DrillAction } from "../drill/action.ts";
import { DRILL_ACTIONS, sourceOf } from "../drill/actions.ts";
import { tableLines } from "./table.ts";

/** ATT&CK techniques and maturity from the tags of a rule. */
export interface RuleFact {
  /** ATT&CK techniques. */
  readonly techniques: readonly string[];
  /** Maturity, such as `stable` or `incubating`; "" if the tags do not contain it. */
  readonly maturity: string;
}

/** Facts about the default rules, by name of the rule. */
export type RuleFacts = ReadonlyMap<string, RuleFact>;

export const GROUPS = ["source", "rule", "technique"] as const;
export type Group = (typeof GROUPS)[number];

const MATURITY = "maturity_";
const UNKNOWN: RuleFact = { techniques: [], maturity: "" };
/** Printed for a rule that has a tactic but no technique in its tags. */
const NO_TECHNIQUE = "no technique";

export async function ruleFacts(): Promise<RuleFacts> {
  const sources = [...new Set(DRILL_ACTIONS.map(sourceOf))];
  const { config } = await loadConfig(undefined);
  const { loaded } = await readyRules(defaultRulesOf(sources), config, "all", "", { sources });
  return new Map(
    loaded.rules.map(({ name, tags }) => [
      name,
      {
        techniques: tags.filter(isTechnique),
        maturity: tags.find((tag) => tag.startsWith(MATURITY))?.slice(MATURITY.length) ?? "",
      },
    ]),
  );
}

/** Returns an action as an object for JSON output. */
export function listedAction(action: DrillAction, facts: RuleFacts): object {
  const { name, rule, does, harmless, cleanUp, twin, needs, also = [] } = action;
  const { techniques, maturity } = facts.get(rule) ?? UNKNOWN;
  return {
    name,
    source: sourceOf(action),
    rule,
    also,
    techniques,
    maturity,
    does,
    harmless,
    clean_up: cleanUp,
    twin,
    needs,
  };
}

/** Returns a table of actions in groups. */
export function listActions(actions: readonly DrillAction[], facts: RuleFacts, by: Group): string {
  const rows = actions.flatMap((action) => {
    const fact = facts.get(action.rule) ?? UNKNOWN;
    const columns = { source: sourceOf(action), rule: action.rule, technique: fact.techniques.join(" ") };
    const groups = by === "technique" ? fact.techniques.map(named) : [columns[by]];
    const cells = [
      action.name,
      ...(by === "technique" ? [] : [columns.technique || "—"]),
      fact.maturity,
      ...(by === "rule" ? [] : [action.rule]),
    ];
    return (groups.length === 0 ? [NO_TECHNIQUE] : groups).map((group) => ({ group, cells }));
  });
  const lines = tableLines(
    rows.map(({ cells }) => cells),
    Number.POSITIVE_INFINITY,
  );
  const byGroup = Map.groupBy(rows.keys(), (n) => rows[n]?.group ?? "");
  const groups = [...byGroup].sort(([a], [b]) => (by === "source" || a === b ? 0 : a < b ? -1 : 1));
  const body = groups.map(([group, ns]) => `${group}\n${ns.map((n) => `  ${lines[n]}\n`).join("")}`).join("\n");
  return `${body}\n${summary(actions, facts)}`;
}

function named(technique: string): string {
  return `${technique} ${techniqueName(technique)}`;
}

function summary(actions: readonly DrillAction[], facts: RuleFacts): string {
  const rules = new Set(actions.map(({ rule }) => rule));
  const techniques = new Set(actions.flatMap(({ rule }) => facts.get(rule)?.techniques ?? []));
  const counts = [
    counted(actions.length, "action"),
    counted(rules.size, "rule"),
    counted(techniques.size, "ATT&CK technique"),
  ];
  return `${counts[0]} for ${counts[1]} and ${counts[2]}. 'eyas drill --describe --only NAME' describes an action.\n`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Returns complete descriptions of actions. */
export function describeActions(actions: readonly DrillAction[], facts: RuleFacts): string {
  return actions.map((action) => description(action, facts.get(action.rule) ?? UNKNOWN)).join("\n");
}

function description(action: DrillAction, { techniques, maturity }: RuleFact): string {
  const { also = [] } = action;
  return `${[
    action.name,
    `  action:    ${action.does}`,
    `  rule:      ${action.rule}${maturity === "" ? "" : ` (${maturity})`}`,
    ...(also.length === 0 ? [] : [`  also:      ${also.join(", ")}`]),
    ...techniques.map((technique) => `  technique: ${named(technique)}`),
    `  source:    ${sourceOf(action)}`,
    `  harmless:  ${action.harmless}`,
    `  clean-up:  ${action.cleanUp}`,
    `  benign:    ${action.twin}`,
    ...(action.needs.length === 0 ? [] : [`  requires:  ${action.needs.join(", ")}`]),
  ].join("\n")}\n`;
}
