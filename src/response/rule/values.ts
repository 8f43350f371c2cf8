import { ItemError } from "../../rule/diagnostic.ts";
import { type Location, locationOf, type RuleFile } from "../../rule/location.ts";
import { isNull, type YamlNode } from "../../rule/yaml.ts";

/** A value of a rule file with the file that it is in. */
export interface Written {
  readonly file: RuleFile;
  readonly node: YamlNode;
}

export function placeOfWritten({ file, node }: Written): Location {
  return locationOf(file, node);
}

export interface Expansion {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of variables that are not set. */
  unset(name: string, place: Location): void;
}

const VARIABLE = /\$?\$\{([^}]*)\}/g;

/**
 * A value as JavaScript has it: text for every scalar, undefined for what is empty. `${NAME}` becomes the variable's value,
 * `$${NAME}` stands for `${NAME}`; both only where `expansion` is given.
 * @throws Refusal where keys are no texts
 */
export function plainOf({ file, node }: Written, expansion: Expansion | undefined): unknown {
  if (node.kind === "sequence") return node.items.map((item) => plainOf({ file, node: item }, expansion));
  if (node.kind === "mapping") {
    const entries = node.entries.map(({ key, value }) => {
      if (key.kind !== "scalar")
        throw new ItemError("LOAD_ERR_YAML_VALIDATE", "A key is one text", locationOf(file, key));
      return [key.text, plainOf({ file, node: value }, expansion)] as const;
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
