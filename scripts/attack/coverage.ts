import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { REASONS, SHOWN_BY } from "./reasons.ts";

const rulesFolder = join(import.meta.dirname, "../../rules");

/** A technique of MITRE ATT&CK Enterprise for Linux or Containers. */
export interface Technique {
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly string[];
  readonly platforms: readonly string[];
}

/** A default rule. */
export interface TaggedRule {
  readonly name: string;
  /** Name of the rule file without extension. */
  readonly file: string;
  readonly source: string;
  readonly techniques: readonly string[];
}

export interface Covered {
  readonly technique: Technique;
  readonly rules: readonly TaggedRule[];
  /** The technique whose rules detect this one, if no tag names this one. */
  readonly shownBy: string | undefined;
  /** Why the technique has no rule; undefined if it has one, or if no reason is recorded. */
  readonly why: string | undefined;
}

/** Version of ATT&CK, and its techniques for Linux and Containers (from mitre/cti, enterprise-attack). */
export const attack: { readonly version: string; readonly techniques: readonly Technique[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "techniques.json"), "utf8"),
);

/** Returns the enabled default rules with their techniques. */
export function taggedRules(): TaggedRule[] {
  const files = readdirSync(rulesFolder).filter((name) => /(?<!\.test)\.yaml$/.test(name));
  return files.flatMap((name) => {
    const items: unknown = parse(readFileSync(join(rulesFolder, name), "utf8"));
    if (!Array.isArray(items)) throw new Error(`${name} is not a list`);
    return items.filter(isRule).map(({ rule, tags, source = "syscall" }) => ({
      name: rule,
      file: name.replace(/\.yaml$/, ""),
      source,
      techniques: tags.filter((tag) => /^T\d/.test(tag)),
    }));
  });
}

interface FileRule {
  readonly rule: string;
  readonly tags: readonly string[];
  readonly source?: string;
}

function isRule(item: unknown): item is FileRule {
  return typeof item === "object" && item !== null && "rule" in item && !("enabled" in item && item.enabled === false);
}

/**
 * Returns each technique with its rules, or the reason why there are none. The rules of sub-techniques also count for
 * their technique.
 */
export function coverage(rules: readonly TaggedRule[] = taggedRules()): Covered[] {
  return attack.techniques.map((technique) => {
    const own = rulesFor(technique.id, rules);
    const other = SHOWN_BY[technique.id];
    if (own.length > 0 || other === undefined) {
      const why = own.length > 0 ? undefined : REASONS.find(({ techniques }) => techniques.includes(technique.id))?.why;
      return { technique, rules: own, shownBy: undefined, why };
    }
    return { technique, rules: rulesFor(other, rules), shownBy: other, why: undefined };
  });
}

function rulesFor(id: string, rules: readonly TaggedRule[]): TaggedRule[] {
  return rules.filter(({ techniques }) => techniques.some((one) => one === id || one.startsWith(`${id}.`)));
}
