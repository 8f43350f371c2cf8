import type { LoadedRule, RuleFigures } from "../agent-view.ts";
import { notFound } from "../api-error.ts";
import { coverageOf } from "../attack/matrix.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { mitreOf } from "../mitre.ts";
import { route } from "../route.ts";
import { described, object, oneOf, optional } from "../schema.ts";
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
    return { json: { rules: sensor.rules().rules.map((rule) => rowOf(rule, hits, sensor.ruleFigures())) } };
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
  about: "Lists the warnings about the loaded rule files, and the skipped files and rules.",
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
    const row = rowOf(rule, await store.hits(), sensor.ruleFigures());
    return { json: { ...row, yaml, condition, output, exceptions: names, mitre: mitreOf(tags) } };
  },
});

export const showCoverage = route({
  method: "GET",
  path: "/coverage",
  role: "viewer",
  about: "Lists the MITRE ATT&CK tactics and techniques that enabled rules cover, with the alerts that match a filter.",
  query: object({
    ...filterParameters,
    techniques: optional(
      described(
        oneOf(["covered", "all"]),
        "`all`: includes techniques for Linux or Containers that no enabled rule covers. Default: `covered`.",
      ),
    ),
  }),
  answer: Coverage,
  async take({ query }, { store, sensor }) {
    const { counts, total: _total, ...searched } = await store.count(filterOf(query, store.isField), "rule", 10_000);
    const alerts = new Map(counts.map(({ value, count }) => [value, count]));
    return { json: { ...coverageOf(sensor.rules().rules, alerts, query.techniques === "all"), ...searched } };
  },
});

function rowOf(rule: LoadedRule, hits: Hits, figures: RuleFigures): RuleRow {
  const { name, source, priority, tags, enabled, shadow, file, line, description } = rule;
  const found = hits.get(name);
  const { nanoseconds, matches } = figures.get(name) ?? {};
  return {
    name,
    source,
    priority,
    tags,
    enabled,
    shadow,
    file,
    line,
    hits: found?.hits ?? 0,
    lastHit: found?.last ?? null,
    ...(nanoseconds !== undefined && { nanoseconds }),
    ...(matches !== undefined && { matches }),
    description,
  };
}
