import { parseYaml } from "../../rule/parse-yaml.ts";
import { lookUp } from "../../rule/yaml.ts";
import { invalidYaml } from "../exceptions/entries.ts";

const ONE_RULE = "The text must contain exactly one rule, without macros, lists and overrides.";

/** Keys that a rule must have. An item without these keys changes another rule. */
const REQUIRED = ["condition", "desc", "output", "priority"] as const;
/** Keys of items that are not rules, or of items that change another rule. */
const OTHERS = ["append", "override", "macro", "list", "required_engine_version", "required_plugin_versions"] as const;

/**
 * Checks that a text is one complete rule. Its condition and output are checked when the rules are loaded.
 * @param name the name that the rule must have
 * @throws Error with a message for the user
 */
export async function checkOwnRule(yaml: string, name: string): Promise<void> {
  const parsed = await parseYaml(yaml);
  if ("problems" in parsed) throw invalidYaml(yaml, parsed.problems[0], undefined);
  const [root, ...more] = parsed.documents;
  if (root?.kind !== "sequence" || more.length > 0) throw new Error(ONE_RULE);
  const [item, ...others] = root.items;
  if (item?.kind !== "mapping" || others.length > 0) throw new Error(ONE_RULE);
  const rule = lookUp(item, "rule");
  const has = (key: string): boolean => lookUp(item, key) !== undefined;
  if (rule?.kind !== "scalar" || OTHERS.some(has)) throw new Error(ONE_RULE);
  const missing = REQUIRED.find((key) => !has(key));
  if (missing !== undefined) throw new Error(`The rule has no ${missing}.`);
  if (rule.text !== name) throw new Error(`The rule in the text has the name "${rule.text}" instead of "${name}".`);
}
