import { nearest } from "../../condition/did-you-mean.ts";
import { knownSources } from "../../field/sources.ts";
import type { LoadedRules } from "../../rule/load.ts";

/** Maximum number of rules listed by name. Additional rules are only counted. */
const NAMED = 100;

/** Skipped files and rules, with the reason as a sentence without a period. */
export interface LeftOut {
  readonly sentence: string;
  readonly file: string;
  readonly rules: readonly string[];
  /**
   * Whether skipping reduces detection: the rules belong to a known source, or the name of their source may be
   * misspelled.
   */
  readonly isGap: boolean;
}

/** Replacements in Eyas for plugins that add fields to system call events, by plugin name. */
const REPLACED: Readonly<Record<string, string>> = {
  krsi: "io_uring operations have events of the corresponding system calls, such as openat",
};

/**
 * Returns a message for each skipped file, for the skipped rules of each missing source in other files, and for the
 * rules that use fields of a missing plugin.
 */
export function whatIsLeftOut({
  leftOut,
  leftOutRules,
  definitions,
}: Pick<LoadedRules<unknown, unknown>, "leftOut" | "leftOutRules" | "definitions">): LeftOut[] {
  const files = leftOut.map(
    ({ file, plugins, rules, sources }): LeftOut => ({
      sentence: `${file} is skipped because it requires the missing plugin ${plugins.join(", and ")}: ${named(rules)}. ${hint(sources)}`,
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
      sentence: `${place.file.name}: the source ${source} is missing, so its rules are skipped: ${named(names)}. ${hint([source])}`,
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
    const instead = REPLACED[plugin] ?? "To load the rules, remove the fields of the plugin";
    return {
      sentence: `${file}: the plugin ${plugin} is missing, so rules that use its fields or events are skipped: ${named(names)}. ${instead}`,
      ...{ file, rules: names },
      isGap: true,
    };
  });
}

function named(rules: readonly string[]): string {
  if (rules.length === 0) return "the file has no rules";
  const more = rules.length > NAMED ? ` and ${rules.length - NAMED} more` : "";
  return `${rules.length === 1 ? "rule" : "rules"} ${rules.slice(0, NAMED).join(", ")}${more}`;
}

/** Describes how to load the rules of these sources. */
function hint(sources: readonly string[]): string {
  const near = sources.length === 1 && sources[0] !== undefined ? nearest(sources[0], knownSources) : undefined;
  if (near !== undefined) return `A source with a similar name exists: ${near}`;
  const [source] = sources.filter((one) => !knownSources.includes(one));
  if (source === undefined) {
    const why =
      sources.length === 0
        ? "The file changes rules in other files"
        : `Events of ${sources.join(" and ")} are read without the plugin`;
    return `${why}: remove the requirement if the rules use no fields of the plugin`;
  }
  return `To load the rules, read events of ${source} as JSON with sources.json.${source}, and use json.value[/…] in conditions`;
}
