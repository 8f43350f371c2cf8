import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import type { ReadyRules } from "../agent/load/ready-rules.ts";
import { type LoadOptions, readSettings as read, type Settings } from "../agent/load/settings.ts";
import { printError } from "../telemetry/print.ts";

/** Options of commands that load rules and print alerts. */
export interface SettingsOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly option?: readonly string[];
  readonly match?: string;
  readonly json?: true;
  readonly print?: string;
}

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Adds the options that select configuration. */
export function withConfig(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration file; an existing falco.yaml works")
    .option("-o, --option <key=value>", "override a configuration key (repeatable)", collect);
}

/** Adds the options that select configuration and rules. */
export function withRules(command: Command): Command {
  return withConfig(command).option(
    "-r, --rules <path>",
    "rule file or directory to load instead of the default rules (repeatable)",
    collect,
  );
}

/** Adds the options that select configuration and rules, and the options for printing alerts. */
export function withSettings(command: Command): Command {
  return withRules(command)
    .option("--match <mode>", "raise alerts for the first matching rule of an event or for all: first, all")
    .option("-p, --print <text>", "append text with %fields to every alert; c: container metadata")
    .option("--json", "print alerts as JSON, one object per line");
}

/** Values of `--print` that stand for container metadata, the same as in Falco. */
const CONTAINER = ["c", "container", "k", "kubernetes"];

/** Converts options to configuration settings that override the configuration file. */
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

/** Reads the configuration. Options of the command override keys in the file. */
export const readSettings = (options: SettingsOptions): Promise<Settings> => read(loadOptions(options));

/** Converts the options of a command to options for loading the configuration. */
export function loadOptions(options: SettingsOptions): LoadOptions {
  const { config, rules } = options;
  return { ...(config !== undefined && { config }), ...(rules && { rules }), option: overrides(options) };
}

/**
 * Whether alerts are laid out over several lines if standard output is a terminal with colors. With `--print` or an
 * option of the standard output, each alert is one line.
 */
export function laysOutAlerts({ print, option = [] }: SettingsOptions): boolean {
  return print === undefined && !option.some((one) => one.startsWith("stdout_output"));
}

/** Prints a warning for each rule file and each rule that was skipped. */
export function printLeftOut({ leftOut }: Pick<ReadyRules, "leftOut">): void {
  for (const { sentence } of leftOut) printError(`warning: ${sentence}.\n`);
}

/** @throws Failure if the option is not a finite number above 0 */
export function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new Failure(`Invalid ${option} "${text}": expected a number above 0.`);
  return value;
}
