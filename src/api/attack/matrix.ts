import type { LoadedRule } from "../agent-view.ts";
import { isTechnique, tactics, techniqueName } from "../mitre.ts";
import type { Coverage } from "../schemas/rule.ts";
import { coveredBy } from "./covered.ts";
import { attack } from "./techniques.ts";

type Technique = Coverage["tactics"][number]["techniques"][number];

/** Number of alerts by name of the rule. */
type Alerts = ReadonlyMap<string | null, number>;

const listed: ReadonlySet<string> = new Set(attack.techniques.map(({ id }) => id));

/**
 * Returns the techniques that enabled rules cover, by tactic. A technique for Linux or Containers belongs to the
 * tactics that ATT&CK lists; other techniques belong to the tactics in the tags of their rules. A rule that names only
 * a tactic is listed under the ID of the tactic.
 * @param withGaps whether to include techniques for Linux or Containers that no enabled rule covers
 */
export function coverageOf(
  rules: readonly LoadedRule[],
  alerts: Alerts,
  withGaps: boolean,
): Pick<Coverage, "version" | "tactics" | "reasons"> {
  const tagged = rules
    .filter(({ enabled }) => enabled)
    .map(({ name, tags }) => ({ name, tags, techniques: tags.filter(isTechnique) }));
  const reasons: string[] = [];
  const known = coveredBy(tagged)
    .filter(({ rules }) => withGaps || rules.length > 0)
    .map(({ technique: { id, tactics }, rules, shownBy, why }) => {
      if (why !== undefined && !reasons.includes(why)) reasons.push(why);
      const names = rules.map(({ name }) => name);
      const technique: Technique = {
        ...techniqueOf(id, names, alerts),
        ...(shownBy !== undefined && { as: shownBy }),
        ...(why !== undefined && { reason: reasons.indexOf(why) }),
      };
      return { technique, tactics };
    });
  return {
    version: attack.version,
    tactics: tactics.map(({ id, tag, name }) => {
      const own = known.filter(({ tactics }) => tactics.includes(tag.replaceAll("_", "-")));
      const others = othersOf(id, tag, tagged).map(([technique, names]) => ({
        ...techniqueOf(technique, names, alerts),
        ...(technique === id && { name }),
        other: true,
      }));
      const techniques = [...own.map(({ technique }) => technique), ...others];
      return { id, name, techniques: techniques.sort((a, b) => (a.id < b.id ? -1 : 1)) };
    }),
    reasons,
  };
}

/**
 * The names of rules of a tactic, grouped by the ID of a technique that is not for Linux or Containers, or by the ID of
 * the tactic if a rule names no technique.
 */
function othersOf(
  id: string,
  tag: string,
  rules: readonly { readonly name: string; readonly tags: readonly string[]; readonly techniques: readonly string[] }[],
): readonly (readonly [technique: string, rules: readonly string[]])[] {
  const found = new Map<string, string[]>();
  for (const { name, tags, techniques } of rules) {
    if (!tags.includes(`mitre_${tag}`)) continue;
    for (const technique of techniques.length === 0 ? [id] : techniques) {
      if (listed.has(technique)) continue;
      found.set(technique, [...(found.get(technique) ?? []), name]);
    }
  }
  return [...found];
}

function techniqueOf(id: string, rules: readonly string[], alerts: Alerts): Technique {
  const fired = rules.reduce((sum, rule) => sum + (alerts.get(rule) ?? 0), 0);
  return { id, name: techniqueName(id), rules: [...rules], fired };
}
