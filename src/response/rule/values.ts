import { ItemError } from "../../rule/diagnostic.ts";
import { type Location, locationOf, type RuleFile } from "../../rule/location.ts";
import { isNull, type YamlNode } from "../../rule/yaml.ts";

/** A value in a rule file. */
export interface WrittenValue {
  readonly file: RuleFile;
  readonly node: YamlNode;
}

export function locationOfWritten({ file, node }: WrittenValue): Location {
  return locationOf(file, node);
}

export interface Expansion {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called for each unset variable. */
  unset(name: string, place: Location): void;
}

const VARIABLE = /\$?\$\{([^}]*)\}/g;

/**
 * Converts a YAML value to JavaScript: scalars become strings, and empty values become undefined. With `expansion`,
 * `${NAME}` is replaced with the value of the environment variable, and `$${NAME}` with `${NAME}`.
 * @throws ItemError if a key is not a scalar
 */
export function plainValueOf({ file, node }: WrittenValue, expansion: Expansion | undefined): unknown {
  if (node.kind === "sequence") return node.items.map((item) => plainValueOf({ file, node: item }, expansion));
  if (node.kind === "mapping") {
    const entries = node.entries.map(({ key, value }) => {
      if (key.kind !== "scalar")
        throw new ItemError("LOAD_ERR_YAML_VALIDATE", "A key must be a scalar", locationOf(file, key));
      return [key.text, plainValueOf({ file, node: value }, expansion)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (isNull(node)) return undefined;
  if (expansion === undefined || !node.text.includes("${")) return node.text;
  return node.text.replace(VARIABLE, (all, name: string) => {
    if (all.startsWith("$$")) return all.slice(1);
    const value = expansion.environment[name];
    if (value === undefined) expansion.unset(name, locationOf(file, node));
    return value ?? "";
  });
}
