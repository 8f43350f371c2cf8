import type { LeftOutRule } from "./absent-plugin.ts";
import { type CompiledRule, compileDefinitions, type ExtraOutput, type Language, type ParseCache } from "./compile.ts";
import { Definitions, type Sources } from "./definitions.ts";
import { type FileResult, Report } from "./diagnostic.ts";
import { type LeftOutFile, leaveOut, type ParsedFile } from "./left-out.ts";
import type { RuleFile } from "./location.ts";
import { type ParsedFiles, parseYaml } from "./parse-yaml.ts";
import type { Pause } from "./pause.ts";
import { readRuleFile } from "./read.ts";
import { BUILT_IN_PLUGINS } from "./version.ts";
import { lookUp } from "./yaml.ts";

export interface LoadOptions {
  /** The event sources. `prepare` is called first, with the sources named in the files. */
  readonly sources: Sources & { prepare?(sources: Iterable<string>, texts: Iterable<string>): Promise<void> };
  readonly extraOutputs: readonly ExtraOutput[];
  /** Further texts that contain field names. */
  readonly texts?: readonly string[];
  /**
   * `each`: reports a result for every file, loaded after the previous files. `all`: only checks whether every file
   * loads after the previous files, which is faster if there are no errors.
   */
  readonly results: "each" | "all";
  /** Whether to skip files that require an absent plugin, instead of reporting an error. */
  readonly leaveOut?: boolean;
  /** Called between steps, for callers with other work to do. */
  readonly pause?: Pause;
  /** Known results of the full YAML parser; receives new ones. */
  readonly parsed?: ParsedFiles;
}

export interface LoadedRules<Bound, Template> {
  /** Results in the order of the files. */
  readonly results: readonly FileResult[];
  /** All rules, including disabled ones, in the order of their first definition. */
  readonly rules: readonly CompiledRule<Bound, Template>[];
  /** All definitions, with their locations. */
  readonly definitions: Definitions;
  /** Files that were skipped. */
  readonly leftOut: readonly LeftOutFile[];
  /** Rules of other files that were skipped because they use fields or events of an absent plugin. */
  readonly leftOutRules: readonly LeftOutRule[];
}

/**
 * Loads rule files in order. Definitions in a file can change those of previous files. Reports the errors of all files,
 * and returns the valid rules.
 */
export async function loadRules<Bound, Template>(
  files: readonly RuleFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
): Promise<LoadedRules<Bound, Template>> {
  const parsed: ParseCache = new Map();
  const all: ParsedFile[] = [];
  for (const file of files) all.push({ file, yaml: await parseYaml(file.text, options.pause, options.parsed) });
  const { kept: documents, leftOut } = options.leaveOut ? leaveOut(all, BUILT_IN_PLUGINS) : { kept: all, leftOut: [] };
  await options.sources.prepare?.(sourcesIn(documents), [...files.map(({ text }) => text), ...(options.texts ?? [])]);
  if (options.results === "all") {
    const loaded = await loadAtOnce(documents, language, options, parsed);
    if (loaded !== undefined) return { ...loaded, leftOut };
  }
  const definitions = new Definitions(options.sources, BUILT_IN_PLUGINS, options.leaveOut);
  const results: FileResult[] = [];
  let rules: readonly CompiledRule<Bound, Template>[] = [];
  let leftOutRules: readonly LeftOutRule[] = [];
  for (const { file, yaml } of documents) {
    const report = new Report(file.name);
    await readRuleFile(file, yaml, definitions, report, options.pause);
    ({ rules, leftOut: leftOutRules } = await compileDefinitions(definitions, language, options, report, parsed));
    results.push(report.result());
  }
  return { results, rules, definitions, leftOut, leftOutRules };
}

/** The event sources named in the items of the files. */
function sourcesIn(files: readonly ParsedFile[]): ReadonlySet<string> {
  const sources = new Set<string>();
  for (const { yaml } of files) {
    if (!("documents" in yaml)) continue;
    for (const document of yaml.documents) {
      if (document?.kind !== "sequence") continue;
      for (const item of document.items) {
        const source = item.kind === "mapping" ? lookUp(item, "source") : undefined;
        if (source?.kind === "scalar") sources.add(source.text);
      }
    }
  }
  return sources;
}

/**
 * Compiles all rules after the last file and, after each earlier file, only the rules that later files changed. Without
 * errors, this is equivalent to compiling all rules after each file.
 * @returns undefined if there are errors
 */
async function loadAtOnce<Bound, Template>(
  files: readonly ParsedFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
  parsed: ParseCache,
): Promise<Omit<LoadedRules<Bound, Template>, "leftOut"> | undefined> {
  const { sources } = options;
  const report = new Report("");
  const whole = new Definitions(sources, BUILT_IN_PLUGINS, options.leaveOut);
  for (const { file, yaml } of files) {
    await readRuleFile(file, yaml, whole, report, options.pause);
  }
  if (report.errors.length > 0) return undefined;
  const { rules, changed, leftOut: leftOutRules } = await compileDefinitions(whole, language, options, report, parsed);
  if (report.errors.length > 0) return undefined;
  if (changed.size > 0) {
    const partly = new Definitions(sources, BUILT_IN_PLUGINS, options.leaveOut);
    const before = new Report("");
    for (const { file, yaml } of files.slice(0, -1)) {
      await readRuleFile(file, yaml, partly, before, options.pause);
      await compileDefinitions(partly, language, options, before, parsed, changed);
      if (before.errors.length > 0) return undefined;
    }
  }
  const results = files.map(({ file: { name } }) => ({
    file: name,
    ok: true,
    errors: [],
    warnings: report.warnings.filter(({ file }) => file === name),
  }));
  return { results, rules, definitions: whole, leftOutRules };
}
