import { REASONS, SHOWN_BY } from "./reasons.ts";
import { attack, type Technique } from "./techniques.ts";

/** A rule with the IDs of its techniques. */
interface Tagged {
  readonly techniques: readonly string[];
}

/** A technique with the rules that detect it. */
export interface Covered<Rule> {
  readonly technique: Technique;
  readonly rules: readonly Rule[];
  /** If no tag names this technique: the technique whose rules also detect it. */
  readonly shownBy: string | undefined;
  /**
   * Reason why no default rule detects the technique; undefined if a rule detects the technique or no reason is
   * recorded.
   */
  readonly why: string | undefined;
}

const reasons = new Map(REASONS.flatMap(({ why, techniques }) => techniques.map((id) => [id, why])));

/**
 * Returns each technique for Linux or Containers with its rules. The rules of a sub-technique also count for its
 * technique.
 */
export function coveredBy<Rule extends Tagged>(rules: readonly Rule[]): Covered<Rule>[] {
  const byTechnique = new Map<string, Set<Rule>>();
  const add = (id: string, rule: Rule): void => {
    const known = byTechnique.get(id);
    if (known === undefined) byTechnique.set(id, new Set([rule]));
    else known.add(rule);
  };
  for (const rule of rules)
    for (const id of rule.techniques) {
      add(id, rule);
      const [technique = id] = id.split(".");
      add(technique, rule);
    }
  return attack.techniques.map((technique) => {
    const { id } = technique;
    const own = byTechnique.get(id);
    if (own !== undefined) return { technique, rules: [...own], shownBy: undefined, why: undefined };
    const other = SHOWN_BY[id];
    const others = other === undefined ? undefined : byTechnique.get(other);
    if (others !== undefined) return { technique, rules: [...others], shownBy: other, why: undefined };
    return { technique, rules: [], shownBy: undefined, why: reasons.get(id) };
  });
}
