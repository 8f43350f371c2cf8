import type { Mapping, Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";
import type { Diagnostic } from "../read.ts";

/** Keys whose values can have the form `%NAME`. */
const KEYS = ["customfields", "customtags"] as const;

/**
 * Replaces values of the form `%NAME` with the environment variable, like Falcosidekick. Removes a value if the
 * variable is not set.
 */
export function readVariables(tree: Mapping, environment: Environment, diagnostics: Diagnostic[]): void {
  const outputs = tree.entries.get("outputs")?.value;
  if (outputs?.kind !== "map") return;
  const read = (value: Tree, path: string): Tree | undefined => {
    if (value.kind !== "scalar" || !/^%\w+$/.test(value.text)) return value;
    const name = value.text.slice(1);
    const text = environment[name] ?? "";
    if (text !== "") return { ...value, text };
    diagnostics.push({
      severity: "warning",
      message: `${path} has no effect: the environment variable ${name} is not set`,
      place: value.place,
    });
    return undefined;
  };
  for (const key of KEYS) {
    const value = outputs.entries.get(key)?.value;
    if (value?.kind === "list") {
      const items = value.items.flatMap((item) => read(item, `outputs.${key}`) ?? []);
      value.items.splice(0, value.items.length, ...items);
    }
    if (value?.kind !== "map") continue;
    for (const [name, entry] of [...value.entries]) {
      const found = read(entry.value, `outputs.${key}.${name}`);
      if (found === undefined) value.entries.delete(name);
      else entry.value = found;
    }
  }
}
