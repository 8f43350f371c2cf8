import type { Command } from "commander";
import type { loadFiles } from "../agent/load/ready-rules.ts";
import { namesOf, report } from "../agent/load/report.ts";
import type { Config } from "../config/load.ts";
import type { SharedParameters } from "../response/shared-parameters.ts";
import type { Diagnostic, ErrorCode, FileResult } from "../rule/diagnostic.ts";
import type { RuleFile } from "../rule/location.ts";
import { print, printJsonText } from "../telemetry/print.ts";

export function add(program: Command): void {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command("check")
    .description("validate rule files and response rule files; print errors and warnings")
    .argument("<file...>", "rule files or directories, in load order")
    .option("-c, --config <file>", "configuration file with the static_fields, append_output and sources of the rules")
    .option("-o, --option <key=value>", "override a configuration key (repeatable)", collect)
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", "\nExample:\n  eyas check rules/syscall.yaml my-rules.yaml\n")
    .action(check);
}

export interface CheckOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly json?: true;
}

/** Validates rule files; the exit code is 1 if there are errors. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<void> {
  const { readRuleFiles } = await import("../agent/load/rule-files.ts");
  const { isResponseFile } = await import("../response/rule/recognise.ts");
  const { files, unreadable } = readRuleFiles(paths);
  const checked = await settingsOf(options);
  const areResponses = await Promise.all(files.map(isResponseFile));
  const detection = files.filter((_, i) => !areResponses[i]);
  const responses = files.filter((_, i) => areResponses[i]);
  const results = [
    ...unreadable.map(({ file, message }) => unread(file, message)),
    ...(await detectionResults(detection, checked)),
    ...(await responseResults(responses, checked.shared)),
  ];
  const position = (file: string): number => paths.findIndex((path) => file === path || file.startsWith(path));
  results.sort((a, b) => position(a.file) - position(b.file));
  (options.json ? printJsonText : print)(
    options.json ? `${JSON.stringify({ results })}\n` : report(results, files, namesOf(responses)),
  );
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** Checks rules, and lists parts of rules that are never true on this architecture with this configuration. */
async function detectionResults(
  files: readonly RuleFile[],
  { settings, sources, containers, base }: CheckSettings,
): Promise<readonly FileResult[]> {
  const { loadFiles: load } = await import("../agent/load/ready-rules.ts");
  const { gapsOf } = await import("../workbench/gaps.ts");
  const { ownArchitecture } = await import("../event/occurrence.ts");
  const { results, rules } = await load(files, settings, "each", { sources });
  const gaps = Map.groupBy(
    gapsOf(rules, { architecture: ownArchitecture(process.arch), containers, base }),
    ({ file }) => file,
  );
  return results.map((result) => {
    const own = gaps.get(result.file);
    return own === undefined || !result.ok ? result : { ...result, gaps: own };
  });
}

/**
 * Checks response rules. Unset environment variables are accepted, because the variables may be set on the machine that
 * runs the rules.
 */
async function responseResults(
  files: readonly RuleFile[],
  shared: SharedParameters | undefined,
): Promise<readonly FileResult[]> {
  if (files.length === 0) return [];
  const { readResponses } = await import("../response/rule/read.ts");
  const { actions } = await import("../response/list.ts");
  const options = { actions, environment: process.env, strict: false, ...(shared && { shared }) };
  return (await readResponses(files, options)).results;
}

interface CheckSettings {
  readonly settings: Parameters<typeof loadFiles>[1];
  readonly containers: boolean;
  readonly base: Config["base_syscalls"];
  /** Custom sources in the configuration. */
  readonly sources: readonly string[];
  /** Parameters of actions in the configuration; undefined if there is no configuration. */
  readonly shared?: SharedParameters;
}

/** Reads the settings from the configuration, or returns the defaults if there is no configuration. */
async function settingsOf({ config: file, option }: CheckOptions): Promise<CheckSettings> {
  if (file === undefined && option === undefined) {
    return {
      settings: { append_output: [], buffer_format_base64: false, static_fields: {} },
      containers: true,
      base: { custom_set: [], repair: false, all: false },
      sources: [],
    };
  }
  const { readSettings } = await import("./settings.ts");
  const { userNamedSources } = await import("../agent/documents/settings.ts");
  const { config } = await readSettings({ ...(file && { config: file }), ...(option && { option }) });
  return {
    settings: config,
    containers: config.containers.enabled,
    base: config.base_syscalls,
    sources: userNamedSources(config),
    shared: config.responses.parameters,
  };
}

function unread(file: string, message: string): FileResult {
  const error: Diagnostic<ErrorCode> = { code: "LOAD_ERR_FILE_READ", message, file, line: 0, column: 0 };
  return { file, ok: false, errors: [error], warnings: [] };
}
