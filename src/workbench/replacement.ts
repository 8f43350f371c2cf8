import type { RuleFile } from "../rule/place.ts";
import type { YamlNode } from "../rule/yaml.ts";
import type { Reading } from "./reading.ts";

const KEYS = ["lists", "macros", "exceptions", "items"] as const;

/**
 * What `with:` replaces in the rules, as one more rule file that is loaded behind them; undefined where it is nothing.
 * Lists and macros take the place of those of their names; exceptions get values; items are entries of a rule file.
 */
export function replacementFile(parts: readonly Reading[], name: string): RuleFile | undefined {
  const items: unknown[] = [];
  for (const part of parts) {
    const keys = part.keyed('"with"', KEYS);
    for (const [list, value] of keys.get("lists")?.keyed('"lists"') ?? []) {
      items.push({ list, items: value.texts(`List "${list}"`) });
    }
    for (const [macro, value] of keys.get("macros")?.keyed('"macros"') ?? []) {
      items.push({ macro, condition: value.text(`Macro "${macro}"`) });
    }
    for (const [rule, exceptions] of keys.get("exceptions")?.keyed('"exceptions"') ?? []) {
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
