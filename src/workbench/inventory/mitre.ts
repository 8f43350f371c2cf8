/** Tactics of MITRE ATT&CK for Enterprise, in the order of its matrix, as written in tags after `mitre_`. */
const TACTICS = [
  "reconnaissance",
  "resource_development",
  "initial_access",
  "execution",
  "persistence",
  "privilege_escalation",
  "defense_evasion",
  "credential_access",
  "discovery",
  "lateral_movement",
  "collection",
  "command_and_control",
  "exfiltration",
  "impact",
] as const;

const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;
const PREFIX = "mitre_";

export interface Coverage {
  /** Name with spaces, such as `credential access`. */
  readonly tactic: string;
  readonly techniques: readonly {
    /** ID of the technique, such as `T1059.004`; undefined for rules that name only the tactic. */
    readonly technique: string | undefined;
    readonly rules: readonly string[];
  }[];
  /** Number of distinct rules. */
  readonly rules: number;
}

interface Tagged {
  readonly name: string;
  readonly tags: readonly string[];
}

/**
 * Returns the coverage by the tags of rules: first all known tactics, including tactics without rules, then unknown
 * tactics.
 */
export function coverageOf(rules: readonly Tagged[]): Coverage[] {
  const named = rules.flatMap(({ tags }) => tags.filter((tag) => tag.startsWith(PREFIX)).map(tacticOf));
  return [...new Set<string>([...TACTICS, ...named.sort()])].map((tactic) => {
    const about = rules.filter(({ tags }) => tags.some((tag) => tag.startsWith(PREFIX) && tacticOf(tag) === tactic));
    const byTechnique = new Map<string | undefined, string[]>();
    for (const { name, tags } of about) {
      const techniques = tags.filter((tag) => TECHNIQUE.test(tag));
      for (const technique of techniques.length === 0 ? [undefined] : techniques) {
        byTechnique.set(technique, [...(byTechnique.get(technique) ?? []), name]);
      }
    }
    const techniques = [...byTechnique].map(([technique, names]) => ({ technique, rules: names }));
    techniques.sort((a, b) => ((a.technique ?? "U") < (b.technique ?? "U") ? -1 : 1));
    return { tactic: tactic.replaceAll("_", " "), techniques, rules: about.length };
  });
}

function tacticOf(tag: string): string {
  return tag.slice(PREFIX.length).toLowerCase();
}

/** Formats the tactics and techniques of a rule, such as `execution T1059.004, T1609`. */
export function mitreText({ tags }: Pick<Tagged, "tags">): string {
  const tactics = tags.filter((tag) => tag.startsWith(PREFIX)).map((tag) => tacticOf(tag).replaceAll("_", " "));
  return [tactics.join(", "), tags.filter((tag) => TECHNIQUE.test(tag)).join(", ")]
    .filter((text) => text !== "")
    .join(" ");
}
