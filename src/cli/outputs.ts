import type { Command } from "commander";

export interface OutputsOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly journal?: string;
  readonly json?: true;
  readonly limit?: string;
  readonly forget?: true;
}

export function add(program: Command): void {
  program
    .command("outputs")
    .description("where alerts go: how far each output has come, what it refused, and whether it takes a test")
    .argument("[action]", "list, test, dead, retry or skip", "list")
    .argument("[name]", "an output, as the list names it; test, retry and skip need one")
    .option("-n, --limit <n>", "with dead: list so many at the most", "50")
    .option("--json", "one JSON object a line")
    .option("--journal <file>", "another journal than that of the configuration")
    .option("-c, --config <file>", "the configuration that says which outputs there are, and where the journal is")
    .option(
      "-o, --option <key=value>",
      "set a key of the configuration (repeat for more)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText(
      "after",
      `
list   Each output with what it is doing, how many alerts wait for it and for how long, and what it said last.
test   Sends one alert (rule "Eyas test alert") to an output and says what became of it. It does not go through the
       journal: a test arrives, or not, at once.
dead   Dead letters: alerts that an output refused for good, with the reason. They stay as long as the journal has the alert.
retry  Sends the dead letters of an output once more. What is taken now is no dead letter any longer.
skip   Lets an output go on with the alerts from now on; what waits for it is not sent. Only while eyas run is stopped.

States:
  up to date   it has everything
  sending      alerts wait, and it takes them
  waiting      it asked for a repetition, or can't be reached; it is tried again at the time that is shown, for as long as it takes
  stopped      alerts wait, and eyas run is not running
  removed      the configuration has it no longer; if it comes back it goes on with what it has not had

Examples:
  eyas outputs -c /etc/falco/falco.yaml
  eyas outputs test slack -c /etc/falco/falco.yaml
  eyas outputs dead                             what was refused, and why
  eyas outputs retry elasticsearch              after the cause is mended
  eyas outputs --json | jq 'select(.waiting > 1000) | .name'
`,
    )
    .action(async (action: string, name: string | undefined, options: OutputsOptions) =>
      (await import("./output-actions.ts")).actOnOutputs(action, name, options),
    );
}
