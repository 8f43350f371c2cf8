import { nearest } from "../../condition/did-you-mean.ts";
import { knownSources } from "../../field/sources.ts";
import type { LoadedRules } from "../../rule/load.ts";

/** Maximum rules listed by name; further ones are only counted. */
const NAMED = 100;

/** Files and rules that are left out, with the reason as a sentence without a period. */
export interface LeftOut {
  readonly sentence: string;
  readonly file: string;
  readonly rules: readonly string[];
  /** Whether rules of an available source are left out, which reduces detection. */
  readonly isGap: boolean;
}

/** Replacements of plugins that add fields to system call events. */
const REPLACED: Readonly<Record<string, string>> = {
  krsi: "Operations of io_uring are events of their calls, such as openat",
};

/**
 * Returns a sentence for each file that is left out, for the rules of each absent source in other files, and for rules
 * with fields of an absent plugin.
 */
export function whatIsLeftOut({
  leftOut,
  leftOutRules,
  definitions,
}: Pick<LoadedRules<unknown, unknown>, "leftOut" | "leftOutRules" | "definitions">): LeftOut[] {
  const files = leftOut.map(
    ({ file, plugins, rules, sources }): LeftOut => ({
      sentence: `${file} is left out, because it requires the plugin ${plugins.join(", and ")}: ${named(rules)}. ${hint(sources)}`,
      ...{ file, rules },
      isGap: sources.some((source) => knownSources.includes(source)),
    }),
  );
  const unknown = [...definitions.displaced, ...[...definitions.rules.values()].filter((rule) => rule.unknownSource)];
  const groups = Map.groupBy(unknown, ({ place, source }) => JSON.stringify([place.file.name, source]));
  const sources = [...groups.values()].map((rules) => {
    const [{ place, source } = { place: { file: { name: "" } }, source: "" }] = rules;
    const names = rules.map(({ name }) => name);
    return {
      sentence: `${place.file.name}: the source ${source} is absent, so its rules are left out: ${named(names)}. ${hint([source])}`,
      ...{ file: place.file.name, rules: names },
      isGap: nearest(source, knownSources) !== undefined,
    };
  });
  return [...files, ...sources, ...rulesOfPlugins(leftOutRules)];
}

function rulesOfPlugins(rules: LoadedRules<unknown, unknown>["leftOutRules"]): LeftOut[] {
  const groups = Map.groupBy(rules, ({ file, plugin }) => JSON.stringify([file, plugin]));
  return [...groups.values()].map((members) => {
    const [{ file, plugin } = { file: "", plugin: "" }] = members;
    const names = members.map(({ name }) => name);
    const instead = REPLACED[plugin] ?? "Remove its fields from the rules to use them";
    return {
      sentence: `${file}: the plugin ${plugin} is absent, so rules with its fields or events are left out: ${named(names)}. ${instead}`,
      ...{ file, rules: names },
      isGap: true,
    };
  });
}

function named(rules: readonly string[]): string {
  if (rules.length === 0) return "it has no rules";
  const more = rules.length > NAMED ? ` and ${rules.length - NAMED} more` : "";
  return `${rules.length === 1 ? "rule" : "rules"} ${rules.slice(0, NAMED).join(", ")}${more}`;
}

/** Advice on how to use the rules of these sources. */
function hint(sources: readonly string[]): string {
  const near = sources.length === 1 && sources[0] !== undefined ? nearest(sources[0], knownSources) : undefined;
  if (near !== undefined) return `The name is similar to the source ${near}`;
  const [source] = sources.filter((one) => !knownSources.includes(one));
  if (source === undefined) {
    const why =
      sources.length === 0
        ? "It changes rules of other files"
        : `Events of ${sources.join(" and ")} are read without it`;
    return `${why}: remove the requirement if it uses no fields of the plugin`;
  }
  return `Read its events as JSON with sources.json.${source}, and use json.value[/…] in conditions`;
}
