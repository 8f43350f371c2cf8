import { outputsSection } from "../../output/sections.ts";
import { type Keys, TEMPLATE, TEMPLATES } from "../../setting/shape.ts";
import type { Mapping, Scalar, Tree } from "../../setting/tree.ts";
import type { Diagnostic } from "../read.ts";

/** A Go template in the configuration. */
interface Given {
  readonly path: string;
  readonly value: Scalar;
  readonly subject: "alert" | "fields";
}

/** Reports Go templates that cannot be parsed, or that use fields that alerts never have. */
export async function checkTemplates(tree: Mapping, diagnostics: Diagnostic[]): Promise<void> {
  const given = templatesAt(tree.entries.get("outputs")?.value, outputsSection.keys, "outputs.");
  if (given.length === 0) return;
  const { templateError } = await import("../../output/template/check.ts");
  for (const { path, value, subject } of given) {
    const error = templateError(value.text, subject);
    if (error !== undefined)
      diagnostics.push({ severity: "error", message: `Invalid template ${path}: ${error}`, place: value.place });
  }
}

function templatesAt(tree: Tree | undefined, keys: Keys, path: string): Given[] {
  if (tree?.kind !== "map") return [];
  return Object.entries(keys).flatMap(([name, key]): Given[] => {
    const value = tree.entries.get(name)?.value;
    if (key.kind === "section") return templatesAt(value, key.keys, `${path}${name}.`);
    if (key.kind !== "leaf") return [];
    if (key.takes === TEMPLATE && value?.kind === "scalar") return [{ path: path + name, value, subject: "alert" }];
    if (key.takes !== TEMPLATES || value?.kind !== "map") return [];
    return [...value.entries].flatMap(([inner, { value: each }]): Given[] =>
      each.kind === "scalar" ? [{ path: `${path}${name}.${inner}`, value: each, subject: "fields" }] : [],
    );
  });
}
