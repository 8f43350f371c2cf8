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
  /** The event sources. `prepare` is called first, with the sources that the files use. */
  readonly sources: Sources & { prepare?(sources: Iterable<string>, texts: Iterable<string>): Promise<void> };
  readonly extraOutputs: readonly ExtraOutput[];
  /** Additional texts that contain field names. */
  readonly texts?: readonly string[];
  /**
   * `each`: reports a result for every file, loaded after the previous files. `all`: only checks whether every file
   * loads after the previous files, which is faster if there are no errors. `once`: like `all`, even if there are
   * errors. Each error is then reported for the file that contains its location, and some errors may be missing.
   */
  readonly results: "each" | "all" | "once";
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
 * Loads rule files in order. Definitions in a file can change definitions in previous files. Reports the errors of all
 * files, and returns the valid rules.
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
  await options.pause?.();
  await options.sources.prepare?.(sourcesIn(documents), [...files.map(({ text }) => text), ...(options.texts ?? [])]);
  await options.pause?.();
  if (options.results !== "each") {
    const loaded = await loadAtOnce(documents, language, options, parsed);
    if (!("errors" in loaded)) return { ...loaded, leftOut };
    if (options.results === "once") {
      const results = documents.map(({ file: { name } }) => resultOf(name, loaded.errors));
      return { results, rules: [], definitions: loaded.definitions, leftOut, leftOutRules: [] };
    }
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

/** Errors, and the names of the files for which they are reported. */
interface LoadErrors {
  readonly errors: readonly (readonly [file: string, FileResult["errors"][number]])[];
  readonly definitions: Definitions;
}

function resultOf(file: string, all: LoadErrors["errors"]): FileResult {
  const errors = all.filter(([name]) => name === file).map(([, error]) => error);
  return { file, ok: errors.length === 0, errors, warnings: [] };
}

/**
 * Compiles all rules after the last file and, after each earlier file, only the rules that later files changed. Without
 * errors, this is equivalent to compiling all rules after each file.
 * @returns the errors, if there are any, and the file for which each is reported
 */
async function loadAtOnce<Bound, Template>(
  files: readonly ParsedFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
  parsed: ParseCache,
): Promise<Omit<LoadedRules<Bound, Template>, "leftOut"> | LoadErrors> {
  const { sources } = options;
  const report = new Report("");
  const whole = new Definitions(sources, BUILT_IN_PLUGINS, options.leaveOut);
  for (const { file, yaml } of files) {
    await readRuleFile(file, yaml, whole, report, options.pause);
  }
  const failed = (): LoadErrors => ({ errors: report.errors.map((each) => [each.file, each]), definitions: whole });
  if (report.errors.length > 0) return failed();
  const { rules, changed, leftOut: leftOutRules } = await compileDefinitions(whole, language, options, report, parsed);
  if (report.errors.length > 0) return failed();
  if (changed.size > 0) {
    const partly = new Definitions(sources, BUILT_IN_PLUGINS, options.leaveOut);
    const before = new Report("");
    for (const { file, yaml } of files.slice(0, -1)) {
      await readRuleFile(file, yaml, partly, before, options.pause);
      await compileDefinitions(partly, language, options, before, parsed, changed);
      if (before.errors.length > 0)
        return { errors: before.errors.map((each) => [file.name, each]), definitions: whole };
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
