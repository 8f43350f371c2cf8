import type { Command } from "commander";
import type { loadFiles } from "../agent/load/ready-rules.ts";
import { namesOf, report } from "../agent/load/report.ts";
import type { SharedParameters } from "../response/shared-parameters.ts";
import type { Diagnostic, ErrorCode, FileResult } from "../rule/diagnostic.ts";
import type { RuleFile } from "../rule/place.ts";

export function add(program: Command): void {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command("check")
    .description(
      "say whether rule files, also response rules, can be loaded, and everything that is wrong or doubtful in them",
    )
    .argument("<file...>", "rule files or folders, in the order in which they would be loaded")
    .option("-c, --config <file>", "a configuration whose static_fields and append_output the rules build on")
    .option("-o, --option <key=value>", "set a key of the configuration (repeat for more)", collect)
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", "\nExample:\n  eyas check rules/syscall.yaml my-rules.yaml\n")
    .action(check);
}

interface CheckOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly json?: true;
}

async function check(paths: readonly string[], options: CheckOptions): Promise<void> {
  const { readRuleFiles } = await import("../agent/load/rule-files.ts");
  const { loadFiles: load } = await import("../agent/load/ready-rules.ts");
  const { isResponseFile } = await import("../response/rule/recognise.ts");
  const { files, unreadable } = readRuleFiles(paths);
  const { settings, sources, shared } = await settingsOf(options);
  const areResponses = await Promise.all(files.map(isResponseFile));
  const detection = files.filter((_, i) => !areResponses[i]);
  const responses = files.filter((_, i) => areResponses[i]);
  const results = [
    ...unreadable.map(({ file, message }) => unread(file, message)),
    ...(await load(detection, settings, "each", { sources })).results,
    ...(await responseResults(responses, shared)),
  ];
  const position = (file: string): number => paths.findIndex((path) => file === path || file.startsWith(path));
  results.sort((a, b) => position(a.file) - position(b.file));
  process.stdout.write(options.json ? `${JSON.stringify({ results })}\n` : report(results, files, namesOf(responses)));
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** Response rules; a variable that is not set here may be where they are used. */
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
  /** Sources of names that the configuration gives. */
  readonly sources: readonly string[];
  /** Parameters of actions that the configuration gives; undefined where there is none. */
  readonly shared?: SharedParameters;
}

/** Without a configuration, files are looked at by themselves. */
async function settingsOf({ config: file, option }: CheckOptions): Promise<CheckSettings> {
  if (file === undefined && option === undefined) {
    return { settings: { append_output: [], buffer_format_base64: false, static_fields: {} }, sources: [] };
  }
  const { readSettings } = await import("./settings.ts");
  const { namedSources } = await import("../agent/documents/settings.ts");
  const { config } = await readSettings({ ...(file && { config: file }), ...(option && { option }) });
  return { settings: config, sources: namedSources(config), shared: config.responses.parameters };
}

function unread(file: string, message: string): FileResult {
  const error: Diagnostic<ErrorCode> = { code: "LOAD_ERR_FILE_READ", message, file, line: 0, column: 0 };
  return { file, ok: false, errors: [error], warnings: [] };
}
