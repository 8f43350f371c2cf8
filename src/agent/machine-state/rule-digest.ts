import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ReadyRules } from "../load/ready-rules.ts";

/** The loaded rules, with a digest that is the same on machines with the same rules. */
export interface RuleDigest {
  /**
   * SHA-256 of the contents of the rule files, in order, and of the names of the enabled rules and the shadow rules.
   */
  readonly digest: string;
  /** Names of the rule files, separated by commas. */
  readonly files: string;
}

/** The digest does not include paths. */
export function ruleDigest({ loaded, selected }: Pick<ReadyRules, "loaded" | "selected">): RuleDigest {
  const hash = createHash("sha256");
  const add = (text: string): void => void hash.update(`${text.length}\n`).update(text);
  for (const { text } of loaded.definitions.files) add(text);
  const { enabled, shadow } = selected;
  for (const { name, source } of enabled) add(`${source} ${name}`);
  for (const { name, source } of shadow) add(`shadow ${source} ${name}`);
  return {
    digest: hash.digest("hex"),
    files: loaded.definitions.files.map(({ name }) => basename(name)).join(", "),
  };
}
