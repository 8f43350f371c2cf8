import { inspect } from "node:util";
import { Command, type OutputConfiguration } from "commander";
import { Failure } from "../agent/failure.ts";
import { printError, shown } from "../telemetry/print.ts";

/** Adds a command and its options to the program. */
export type AddCommand = (program: Command) => void;

/** The commands, in the order of the help. Only the module of the executed command is loaded. */
const commands: Readonly<Record<string, () => Promise<{ readonly add: AddCommand }>>> = {
  start: () => import("./start.ts"),
  run: () => import("./run.ts"),
  replay: () => import("./replay.ts"),
  record: () => import("./record.ts"),
  alerts: () => import("./alerts.ts"),
  page: () => import("./page.ts"),
  users: () => import("./users.ts"),
  outputs: () => import("./outputs.ts"),
  respond: () => import("./respond.ts"),
  health: () => import("./health.ts"),
  top: () => import("./top.ts"),
  posture: () => import("./posture.ts"),
  sources: () => import("./source-list.ts"),
  check: () => import("./check.ts"),
  test: () => import("./test.ts"),
  explain: () => import("./explain.ts"),
  profile: () => import("./profile.ts"),
  rules: () => import("./rule-list.ts"),
  fields: () => import("./fields.ts"),
  events: () => import("./events.ts"),
  drill: () => import("./drill.ts"),
  falco: () => import("./falco.ts"),
  version: () => import("./version.ts"),
};

/** Runs the command named in the arguments and sets the exit code. */
export async function runProgram(args: readonly string[]): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The pipe was closed, for example by `eyas fields | head`. If the command has set an exit code, the exit code is
    // kept.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  const [first] = args[0] === "--version" ? ["version"] : args;
  const program = await programWith(first);
  try {
    await program.parseAsync(first === undefined ? ["--help"] : [first, ...args.slice(1)], {
      from: "user",
    });
  } catch (error) {
    if (error instanceof Failure) {
      printError(`eyas: ${error.message}\n`);
      process.exitCode = 1;
    } else {
      printError(`eyas: ${inspect(error)}\n`);
      process.exit(1);
    }
  }
}

/** Returns the program with only this command, or with all commands if the command does not exist. */
export async function programWith(name?: string): Promise<Command> {
  const program = new Command("eyas")
    .description("Runtime security: evaluates system calls and other events against rules and raises alerts.")
    .enablePositionalOptions()
    .option("--version", "print the version")
    .configureOutput(output)
    .showSuggestionAfterError()
    .showHelpAfterError("See 'eyas --help'.")
    .addHelpText("after", EXAMPLES);
  const named = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  for (const load of named === undefined ? Object.values(commands) : [named]) {
    const { add } = await load();
    add(program);
  }
  for (const command of program.commands) {
    command.copyInheritedSettings(program).showHelpAfterError(`See 'eyas ${command.name()} --help'.`);
  }
  return program;
}

const output: OutputConfiguration = {
  outputError: (text, write) => write(shown(text.replace(/^error: /, "eyas: "))),
};

const EXAMPLES = `
Examples:
  sudo eyas run                                  watch this machine with the default rules
  sudo eyas run -c /etc/falco/falco.yaml         use an existing falco.yaml
  eyas replay attack.scap.gz -r rules.yaml       print the alerts of a capture
  eyas check rules.yaml                          validate a rule file
`;
