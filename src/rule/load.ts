import { type CompiledRule, compileDefinitions, type ExtraOutput, type Language, type ParseCache } from "./compile.ts";
import { Definitions, type Sources } from "./definitions.ts";
import { type FileResult, Report } from "./diagnostic.ts";
import type { RuleFile } from "./place.ts";
import { readRuleFile } from "./read.ts";
import { BUILT_IN_PLUGINS } from "./version.ts";
import { parseYaml, type YamlFile } from "./yaml.ts";

export interface LoadOptions {
  readonly sources: Sources;
  readonly extraOutputs: readonly ExtraOutput[];
  /**
   * `each`: a result for every file, of what it and the files before it say together. `all`: only whether every file
   * can be loaded after those before it, which is quicker when all can.
   */
  readonly results: "each" | "all";
}

export interface LoadedRules<Bound, Template> {
  /** In the order of the files. */
  readonly results: readonly FileResult[];
  /** Those that are switched off too, in the order of their first definition. */
  readonly rules: readonly CompiledRule<Bound, Template>[];
}

/**
 * Loads rule files, each on top of those before it. All mistakes in all files are reported; where there are any, the
 * rules are what could be loaded nevertheless.
 */
export async function loadRules<Bound, Template>(
  files: readonly RuleFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
): Promise<LoadedRules<Bound, Template>> {
  const parsed: ParseCache = new Map();
  const yaml = await Promise.all(files.map(({ text }) => parseYaml(text)));
  if (options.results === "all") {
    const loaded = loadAtOnce(files, yaml, language, options, parsed);
    if (loaded !== undefined) return loaded;
  }
  const definitions = new Definitions(options.sources, BUILT_IN_PLUGINS);
  const results: FileResult[] = [];
  let rules: readonly CompiledRule<Bound, Template>[] = [];
  for (const [i, file] of files.entries()) {
    const report = new Report(file.name);
    readRuleFile(file, yaml[i], definitions, report);
    rules = compileDefinitions(definitions, language, options.extraOutputs, report, parsed, false);
    results.push(report.result());
  }
  return { results, rules };
}

/**
 * Compiles once, behind the last file. That says the same as compiling after each unless there is a mistake, or a
 * later file changes what an earlier one defined: undefined then.
 */
function loadAtOnce<Bound, Template>(
  files: readonly RuleFile[],
  yaml: readonly YamlFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
  parsed: ParseCache,
): LoadedRules<Bound, Template> | undefined {
  const definitions = new Definitions(options.sources, BUILT_IN_PLUGINS);
  const report = new Report("");
  for (const [i, file] of files.entries()) readRuleFile(file, yaml[i], definitions, report);
  if (report.errors.length > 0 || definitions.reachesBack) return undefined;
  const rules = compileDefinitions(definitions, language, options.extraOutputs, report, parsed, true);
  if (report.errors.length > 0) return undefined;
  const results = files.map(({ name }) => ({
    file: name,
    ok: true,
    errors: [],
    warnings: report.warnings.filter(({ file }) => file === name),
  }));
  return { results, rules };
}
