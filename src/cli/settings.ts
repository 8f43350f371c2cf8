import type { Command } from "commander";
import type { Config } from "../config/load.ts";
import type { Word } from "../telemetry/said.ts";
import { Failure } from "./failure.ts";

/** Options of the commands that load rules and print alerts. */
export interface SettingsOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly option?: readonly string[];
  readonly match?: string;
  readonly json?: true;
  readonly print?: string;
}

/** Which configuration and which rules. */
export function withRules(command: Command): Command {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
  return command
    .option("-c, --config <file>", "a configuration: an existing falco.yaml does")
    .option("-r, --rules <path>", "a rule file or folder in place of the default rules (repeat for more)", collect)
    .option("-o, --option <key=value>", "set a key of the configuration (repeat for more)", collect);
}

/** The same, and how alerts are printed. */
export function withSettings(command: Command): Command {
  return withRules(command)
    .option("--match <mode>", "per event, the first rule that matches or all of them: first, all")
    .option("-p, --print <text>", "add text, with fields, to every alert; c: what is known of its container")
    .option("--json", "alerts as JSON, one object a line");
}

/** What Falco's users write for "what is known of the container". */
const CONTAINER = ["c", "container", "k", "kubernetes"];

/** What the options say on top of the configuration, as settings of it. */
function overrides({ option = [], match, json, print }: SettingsOptions): string[] {
  const suggested = print !== undefined && CONTAINER.includes(print);
  return [
    ...option,
    ...(match === undefined ? [] : [`rule_matching=${match}`]),
    ...(json ? ["json_output=true"] : []),
    ...(suggested ? ["append_output[].suggested_output=true"] : []),
    ...(print === undefined || suggested ? [] : [`append_output[].extra_output=${print}`]),
  ];
}

/** The configuration, and all there is to say about it. */
export interface Settings {
  readonly config: Config;
  /** Warnings and notes; each begins with its place. */
  readonly remarks: readonly Word[];
  /** Rule files and folders; undefined: those that come with Eyas. */
  readonly rules: readonly string[] | undefined;
  /** Files and folders that all of this came from or would come from, had it been there. */
  readonly watched: readonly string[];
}

/** @throws Failure with every mistake of the configuration */
export async function readSettings(options: SettingsOptions): Promise<Settings> {
  const { loadConfig, printDiagnostic, printPlace } = await import("../config/load.ts");
  const { config, diagnostics, files: configFiles } = await loadConfig(options.config, overrides(options));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new Failure(`The configuration can't be used.\n${errors.map(printDiagnostic).join("\n")}`);
  const remarks = diagnostics.map((diagnostic): Word => {
    const level = diagnostic.severity === "note" ? "notice" : "warning";
    return { level, sentence: `${printPlace(diagnostic)}: ${diagnostic.message}` };
  });
  const files = await present(config.rules_files);
  if (options.rules === undefined && config.rules_files?.length !== 0 && files?.length === 0) {
    remarks.push({
      level: "warning",
      sentence: `There are no rules: none of rules_files exists (${config.rules_files?.join(", ")}).`,
    });
  }
  const folders = config.config_files.map(({ path }) => path);
  const watched = [...configFiles, ...folders, ...(options.rules ?? config.rules_files ?? [])];
  return { config, remarks, rules: options.rules ?? files, watched };
}

/** A configuration names more files than there need be (`rules.d`, local rules): those that are not there are left out. */
async function present(files: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (files === undefined) return undefined;
  const { existsSync } = await import("node:fs");
  return files.filter((file) => existsSync(file));
}

/** The number that an option has. */
export function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Failure(`${option} takes a number above 0, not "${text}".`);
  return value;
}
