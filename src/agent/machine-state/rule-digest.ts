import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ReadyRules } from "../load/ready-rules.ts";

/** The loaded rules, such that machines with the same rules have the same digest. */
export interface RuleDigest {
  /** SHA-256 of the texts of the rule files in their order, and of the names of the enabled and the shadow rules. */
  readonly digest: string;
  /** Names of the rule files, separated by commas. */
  readonly files: string;
}

/** Paths are not part of the digest. */
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
