import type { LoadedRule } from "../agent-view.ts";
import { notFound } from "../api-error.ts";
import { everything } from "../filter/filter.ts";
import { isTechnique, mitreOf, tactics, techniqueName } from "../mitre.ts";
import { route } from "../route.ts";
import { Coverage, RuleDetail, RuleFiles, type RuleRow, Rules, RuleWarnings } from "../schemas/rule.ts";
import type { Hits } from "../store/store.ts";

export const listRules = route({
  method: "GET",
  path: "/rules",
  role: "viewer",
  about: "Lists all loaded rules with their alerts in the last 24 hours.",
  answer: Rules,
  async take(_, { store, sensor }) {
    const hits = await store.hits();
    return { json: { rules: sensor.rules().rules.map((rule) => rowOf(rule, hits, sensor.costs())) } };
  },
});

export const listRuleFiles = route({
  method: "GET",
  path: "/rules/files",
  role: "viewer",
  about: "Returns the loaded rule files.",
  answer: RuleFiles,
  take(_, { sensor }) {
    const { files, added } = sensor.rules();
    return { json: { files, ...added } };
  },
});

export const listRuleWarnings = route({
  method: "GET",
  path: "/rules/warnings",
  role: "viewer",
  about: "Lists the warnings for the loaded rule files, and the files and rules that are skipped.",
  answer: RuleWarnings,
  take(_, { sensor }) {
    const { warnings, leftOut } = sensor.rules();
    return { json: { warnings, leftOut } };
  },
});

export const showRule = route({
  method: "GET",
  path: "/rules/{name}",
  role: "viewer",
  about: "Returns a rule with its text in the rule file.",
  answer: RuleDetail,
  async take({ path }, { store, sensor }) {
    const rule = sensor.rules().rules.find(({ name }) => name === path.name);
    if (rule === undefined) throw notFound("Rule not found.");
    const { yaml, condition, output, exceptions, tags } = rule;
    const names = exceptions.map(({ name }) => name);
    const row = rowOf(rule, await store.hits(), sensor.costs());
    return { json: { ...row, yaml, condition, output, exceptions: names, mitre: mitreOf(tags) } };
  },
});

export const showCoverage = route({
  method: "GET",
  path: "/coverage",
  role: "viewer",
  about: "Lists the MITRE ATT&CK tactics and techniques that the rules cover, with their alerts.",
  answer: Coverage,
  async take(_, { store, sensor }) {
    const { counts, total: _total, ...searched } = await store.count(everything, "rule", 10_000);
    const fired = new Map(counts.map(({ value, count }) => [value, count]));
    return { json: { tactics: coverageOf(sensor.rules().rules, fired), ...searched } };
  },
});

function rowOf(rule: LoadedRule, hits: Hits, costs: ReadonlyMap<string, number>): RuleRow {
  const { name, source, priority, tags, enabled, file, line, description } = rule;
  const found = hits.get(name);
  const nanoseconds = costs.get(name);
  return {
    name,
    source,
    priority,
    tags,
    enabled,
    file,
    line,
    hits: found?.hits ?? 0,
    lastHit: found?.last ?? null,
    ...(nanoseconds !== undefined && { nanoseconds }),
    description,
  };
}

function coverageOf(rules: readonly LoadedRule[], fired: ReadonlyMap<string | null, number>): Coverage["tactics"] {
  return tactics.map(({ id, tag, name }) => {
    const about = rules.filter((rule) => rule.enabled && rule.tags.includes(`mitre_${tag}`));
    const byTechnique = new Map<string, string[]>();
    for (const rule of about) {
      const own = rule.tags.filter(isTechnique);
      for (const technique of own.length === 0 ? [id] : own)
        byTechnique.set(technique, [...(byTechnique.get(technique) ?? []), rule.name]);
    }
    const techniques = [...byTechnique]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([technique, names]) => ({
        id: technique,
        name: technique === id ? name : techniqueName(technique),
        rules: names,
        fired: names.reduce((sum, rule) => sum + (fired.get(rule) ?? 0), 0),
      }));
    return { id, name, techniques };
  });
}
