import { type CompiledRule, compileDefinitions, type ExtraOutput, type Language, type ParseCache } from "./compile.ts";
import { Definitions, type Sources } from "./definitions.ts";
import { type FileResult, Report } from "./diagnostic.ts";
import type { RuleFile } from "./location.ts";
import { parseYaml } from "./parse-yaml.ts";
import { readRuleFile } from "./read.ts";
import { BUILT_IN_PLUGINS } from "./version.ts";
import { lookUp, type YamlFile } from "./yaml.ts";

export interface LoadOptions {
  /** May make sources ready that the files name, before anything else is asked of them. */
  readonly sources: Sources & { prepare?(sources: Iterable<string>, texts: Iterable<string>): Promise<void> };
  readonly extraOutputs: readonly ExtraOutput[];
  /** Texts beside the files that name fields. */
  readonly texts?: readonly string[];
  /**
   * `each`: a result for every file, of what it and the files before it say together. `all`: only whether every file
   * can be loaded after those before it, which is quicker when all can.
   */
  readonly results: "each" | "all";
  /** Called every few milliseconds, for whoever can't wait until all is loaded. */
  readonly pause?: () => void;
}

export interface LoadedRules<Bound, Template> {
  /** In the order of the files. */
  readonly results: readonly FileResult[];
  /** Those that are switched off too, in the order of their first definition. */
  readonly rules: readonly CompiledRule<Bound, Template>[];
  /** What the files define together: where everything was written. */
  readonly definitions: Definitions;
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
  const documents: ParsedFile[] = [];
  for (const file of files) {
    documents.push({ file, yaml: await parseYaml(file.text) });
    options.pause?.();
  }
  await options.sources.prepare?.(sourcesIn(documents), [...files.map(({ text }) => text), ...(options.texts ?? [])]);
  if (options.results === "all") {
    const loaded = loadAtOnce(documents, language, options, parsed);
    if (loaded !== undefined) return loaded;
  }
  const definitions = new Definitions(options.sources, BUILT_IN_PLUGINS);
  const results: FileResult[] = [];
  let rules: readonly CompiledRule<Bound, Template>[] = [];
  for (const { file, yaml } of documents) {
    const report = new Report(file.name);
    readRuleFile(file, yaml, definitions, report);
    options.pause?.();
    rules = compileDefinitions(definitions, language, options, report, parsed).rules;
    results.push(report.result());
  }
  return { results, rules, definitions };
}

interface ParsedFile {
  readonly file: RuleFile;
  readonly yaml: YamlFile;
}

/** What the files' items name as their sources. */
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
 * Compiles behind the last file, and behind each of the others only the rules that later files changed. Where nothing
 * is wrong, that says what compiling all rules behind each file would say.
 * @returns undefined where something is wrong
 */
function loadAtOnce<Bound, Template>(
  files: readonly ParsedFile[],
  language: Language<Bound, Template>,
  options: LoadOptions,
  parsed: ParseCache,
): LoadedRules<Bound, Template> | undefined {
  const { sources } = options;
  const report = new Report("");
  const whole = new Definitions(sources, BUILT_IN_PLUGINS);
  for (const { file, yaml } of files) {
    readRuleFile(file, yaml, whole, report);
    options.pause?.();
  }
  if (report.errors.length > 0) return undefined;
  const { rules, changed } = compileDefinitions(whole, language, options, report, parsed);
  if (report.errors.length > 0) return undefined;
  if (changed.size > 0) {
    const partly = new Definitions(sources, BUILT_IN_PLUGINS);
    const before = new Report("");
    for (const { file, yaml } of files.slice(0, -1)) {
      readRuleFile(file, yaml, partly, before);
      compileDefinitions(partly, language, options, before, parsed, changed);
      if (before.errors.length > 0) return undefined;
    }
  }
  const results = files.map(({ file: { name } }) => ({
    file: name,
    ok: true,
    errors: [],
    warnings: report.warnings.filter(({ file }) => file === name),
  }));
  return { results, rules, definitions: whole };
}
