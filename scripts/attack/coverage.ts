import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Covered, coveredBy } from "../../src/api/attack/covered.ts";

const rulesFolder = join(import.meta.dirname, "../../rules");

/** A default rule. */
export interface TaggedRule {
  readonly name: string;
  /** Name of the rule file without extension. */
  readonly file: string;
  readonly source: string;
  readonly techniques: readonly string[];
}

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

/** Returns each technique with its default rules, or the reason why there are none. */
export function coverage(rules: readonly TaggedRule[] = taggedRules()): Covered<TaggedRule>[] {
  return coveredBy(rules);
}
