import type { Definitions } from "../../rule/definitions.ts";
import type { RuleFile } from "../../rule/location.ts";
import type { YamlNode } from "../../rule/yaml.ts";
import { type Reading, unknown } from "../reading.ts";

const KEYS = ["lists", "macros", "exceptions", "items"] as const;

/**
 * Converts the replacements of `with` to a rule file, to be loaded last; undefined if there are no replacements. Lists
 * and macros replace lists and macros with the same name. Values are appended to exceptions. Items are entries of a
 * rule file.
 * @throws TestFault if a name is unknown
 */
export function replacementFile(
  parts: readonly Reading[],
  definitions: Definitions,
  name: string,
): RuleFile | undefined {
  const items: unknown[] = [];
  for (const part of parts) {
    const keys = part.keyed('"with"', KEYS);
    for (const { key: list, keyLocation, value } of keys.get("lists")?.entries('"lists"') ?? []) {
      if (!definitions.lists.has(list)) throw unknown(list, definitions.lists.keys(), "list in the rules", keyLocation);
      items.push({ list, items: value.texts(`List "${list}"`) });
    }
    for (const { key: macro, keyLocation, value } of keys.get("macros")?.entries('"macros"') ?? []) {
      if (!definitions.macros.has(macro))
        throw unknown(macro, definitions.macros.keys(), "macro in the rules", keyLocation);
      items.push({ macro, condition: value.text(`Macro "${macro}"`) });
    }
    for (const { key: rule, keyLocation, value: exceptions } of keys.get("exceptions")?.entries('"exceptions"') ?? []) {
      if (!definitions.rules.has(rule)) throw unknown(rule, definitions.rules.keys(), "rule", keyLocation);
      const list = [...exceptions.keyed(`Exceptions of "${rule}"`)].map(([exception, values]) => ({
        name: exception,
        values: values.items().map(({ node }) => plain(node)),
      }));
      items.push({ rule, exceptions: list, override: { exceptions: "append" } });
    }
    for (const item of keys.get("items")?.items() ?? []) items.push(plain(item.node));
  }
  // JSON is YAML, and every scalar of a rule file is text.
  return items.length === 0
    ? undefined
    : { name, text: `[${items.map((item) => JSON.stringify(item)).join(",\n")}]\n` };
}

function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.text;
    case "sequence":
      return node.items.map(plain);
    default:
      return Object.fromEntries(
        node.entries.map(({ key, value }) => [key.kind === "scalar" ? key.text : "", plain(value)]),
      );
  }
}
