import { type Command, Option } from "commander";
import { falcoOptions } from "../agent/falco/options.ts";

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Adds all options of Falco to a command. */
export function addFalcoOptions(command: Command): Command {
  for (const option of optionsOf()) command.addOption(option);
  return command;
}

/** Adds all options of Falco that a command does not have. The help of the command does not list these options. */
export function addHiddenFalcoOptions(command: Command): Command {
  const known = command.options.flatMap(({ short, long }) => [short, long]);
  for (const option of optionsOf()) {
    const { short, long } = option;
    if (![short, long].some((name) => name !== undefined && known.includes(name))) command.addOption(option.hideHelp());
  }
  return command;
}

/** Whether an option that prints information is set, in which case the agent is not started. */
export function asksToPrint(options: object): boolean {
  return falcoOptions.some(({ flags, prints }) => prints && Object.hasOwn(options, new Option(flags).attributeName()));
}

function optionsOf(): Option[] {
  return falcoOptions
    .filter(({ flags }) => !flags.includes("--help"))
    .map(({ flags, about, many }) => {
      const option = new Option(flags, about);
      return many ? option.argParser(collect) : option;
    });
}
