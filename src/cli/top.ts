import type { Command } from "commander";

export interface TopOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly interval: string;
  readonly once?: true;
  readonly json?: true;
  readonly by?: string;
  readonly limit?: string;
}

export function add(program: Command): void {
  program
    .command("top")
    .description("show live which processes and containers cause events in the running agent, and what its rules cost")
    .option("--interval <seconds>", "time between updates: 0.2 to 60", "2")
    .option(
      "--by <table>",
      "first table to show: processes, containers or rules; default: processes if system calls are watched",
    )
    .option("-n, --limit <n>", "maximum number of rows if updates are printed as text; 0: all", "20")
    .option("--once", "print one update and exit")
    .option("--json", "print each update as one JSON object per line, with all tables")
    .option("-c, --config <file>", "configuration file of the agent")
    .option(
      "-o, --option <key=value>",
      "override a configuration key (repeatable)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .addHelpText(
      "after",
      `
Connects to the socket that eyas run and eyas start open in the directory of the journal (journal.path). Only the user
who runs the agent can connect, usually root. On a terminal, updates fill the screen:

  p, c, r     processes, containers, rules
  ← → 1 … 9   column by which rows are sorted; the digit of the same column reverses the order
  ↑ ↓         scroll
  q           quit

Processes and containers are estimated from samples of the evaluated system calls, which are taken only while eyas top
runs. The cost of a rule is measured on samples as if it were the only rule; rules that share tests cost less in total.

Examples:
  sudo eyas top
  sudo eyas top --by rules
  sudo eyas top --once --json | jq '.rules | map(select(.cpu)) | sort_by(-.cpu)[:5] | .[].name'
`,
    )
    .action(async (options: TopOptions) => (await import("./top/show.ts")).showTop(options));
}
