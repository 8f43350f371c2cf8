import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import { type LoadOptions, readSettings as read, type Settings } from "../agent/load/settings.ts";

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

/** Reads the configuration with the options of a command on top. */
export const readSettings = (options: SettingsOptions): Promise<Settings> => read(loadOptions(options));

/** The options of a command as settings on top of the configuration. */
export function loadOptions(options: SettingsOptions): LoadOptions {
  const { config, rules } = options;
  return { ...(config !== undefined && { config }), ...(rules && { rules }), option: overrides(options) };
}

/** The number that an option has. */
export function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Failure(`${option} takes a number above 0, not "${text}".`);
  return value;
}
