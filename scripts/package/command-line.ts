import type { Command, Option } from "commander";

/** A command and its help. */
export interface CommandLine {
  /** Words that run the command, such as `eyas` or `eyas users add`. */
  readonly words: readonly string[];
  readonly description: string;
  readonly options: readonly CommandOption[];
  readonly commands: readonly CommandLine[];
  /** Text of the help. */
  readonly help: string;
}

/** An option, with its valid values if they are listed. */
export interface CommandOption {
  /** Names, such as `-f`, `--format`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
  readonly choices: readonly string[];
}

/** Describes a command of the program and its subcommands. */
export function commandLine(command: Command, above: readonly string[] = []): CommandLine {
  const help = command.createHelp();
  const words = [...above, command.name()];
  const commands = help.visibleCommands(command).filter((one) => one.name() !== "help");
  return {
    words,
    description: command.description(),
    options: help.visibleOptions(command).map(described),
    commands: commands.map((one) => commandLine(one, words)),
    help: helpText(command),
  };
}

function described({ short, long, description, argChoices, required, optional }: Option): CommandOption {
  return {
    names: [short, long].filter((name) => name !== undefined),
    takesValue: required || optional,
    ...{ description, choices: argChoices ?? [] },
  };
}

/** Returns the help with its examples, for a terminal with 80 columns. */
function helpText(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut(part) {
      text += part;
    },
    getOutHelpWidth: () => 80,
  });
  command.outputHelp();
  return text;
}
