import type { RuleFile } from "./location.ts";
import type { Version } from "./version.ts";
import { isNull, lookUp, type YamlFile, type YamlMapping, type YamlNode } from "./yaml.ts";

/** A rule file that is not loaded because it requires an absent plugin. */
export interface LeftOutFile {
  readonly file: string;
  /** The absent plugins with their alternatives, such as `okta 0.11.0 or okta2 1.0.0`. */
  readonly plugins: readonly string[];
  readonly rules: readonly string[];
  /** The event sources of the file's rules; empty if it only changes rules of other files. */
  readonly sources: readonly string[];
}

export interface ParsedFile {
  readonly file: RuleFile;
  readonly yaml: YamlFile;
}

/** Kinds of definitions, by the key of their name. */
const kinds = ["rule", "macro", "list"] as const;

/**
 * Skips files that require an absent plugin. In other files, skips items that only change definitions from the skipped
 * files.
 * @param plugins the built-in plugins
 */
export function leaveOut(
  files: readonly ParsedFile[],
  plugins: ReadonlyMap<string, Version>,
): { readonly kept: readonly ParsedFile[]; readonly leftOut: readonly LeftOutFile[] } {
  const leftOut: LeftOutFile[] = [];
  const kept: ParsedFile[] = [];
  const without = new Set<string>();
  const defined = new Set<string>();
  for (const parsed of files) {
    const items = itemsOf(parsed.yaml);
    const absent = items.flatMap((item) => absentPlugins(item, plugins));
    const names = absent.length === 0 ? defined : without;
    for (const item of items) if (!isChange(item)) for (const name of namesOf(item)) names.add(name);
    if (absent.length === 0) kept.push(parsed);
    else leftOut.push({ file: parsed.file.name, plugins: absent, ...rulesOf(items) });
  }
  if (leftOut.length === 0) return { kept: files, leftOut };
  const hasTarget = (node: YamlNode): boolean =>
    node.kind !== "mapping" ||
    !isChange(node) ||
    !namesOf(node).some((name) => without.has(name) && !defined.has(name));
  return { kept: kept.map(({ file, yaml }) => ({ file, yaml: filtered(yaml, hasTarget) })), leftOut };
}

function rulesOf(items: readonly YamlMapping[]): Pick<LeftOutFile, "rules" | "sources"> {
  const rules = items.filter((item) => lookUp(item, "rule") !== undefined);
  return {
    rules: rules.flatMap((item) => textAt(item, "rule") ?? []),
    sources: [...new Set(rules.filter((item) => !isChange(item)).map((item) => textAt(item, "source") ?? "syscall"))],
  };
}

function filtered(yaml: YamlFile, keep: (node: YamlNode) => boolean): YamlFile {
  if ("problems" in yaml) return yaml;
  return {
    documents: yaml.documents.map((document) =>
      document?.kind === "sequence" ? { ...document, items: document.items.filter(keep) } : document,
    ),
  };
}

function itemsOf(yaml: YamlFile): YamlMapping[] {
  if ("problems" in yaml) return [];
  const items = yaml.documents.flatMap((document) => (document?.kind === "sequence" ? document.items : []));
  return items.filter((item) => item.kind === "mapping");
}

/** Required plugins that are absent, together with all their alternatives. */
function absentPlugins(item: YamlMapping, plugins: ReadonlyMap<string, Version>): string[] {
  const required = lookUp(item, "required_plugin_versions");
  if (required?.kind !== "sequence") return [];
  return required.items.flatMap((node) => {
    if (node.kind !== "mapping") return [];
    const others = lookUp(node, "alternatives");
    const all = [node, ...(others?.kind === "sequence" ? others.items : [])].filter((each) => each.kind === "mapping");
    const names = all.flatMap((each) => textAt(each, "name") ?? []);
    if (names.length === 0 || names.some((name) => plugins.has(name))) return [];
    return [all.map((each) => [textAt(each, "name"), textAt(each, "version")].filter(Boolean).join(" ")).join(" or ")];
  });
}

/** Whether an item changes a definition instead of creating one. */
function isChange(item: YamlMapping): boolean {
  if (textAt(item, "append") === "true") return true;
  const override = lookUp(item, "override");
  if (override !== undefined && !isNull(override)) return true;
  return (
    lookUp(item, "rule") !== undefined &&
    lookUp(item, "enabled") !== undefined &&
    lookUp(item, "condition") === undefined
  );
}

function namesOf(item: YamlMapping): string[] {
  return kinds.flatMap((kind) => {
    const name = textAt(item, kind);
    return name === undefined ? [] : [`${kind} ${name}`];
  });
}

function textAt(item: YamlMapping, key: string): string | undefined {
  const value = lookUp(item, key);
  return value?.kind === "scalar" ? value.text : undefined;
}
