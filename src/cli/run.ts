import type { Command } from "commander";
import { documentSources } from "../source/sources.ts";
import { addHiddenFalcoOptions, asksToPrint } from "./falco-options.ts";
import type { FalcoPrintOptions } from "./falco-print.ts";
import { laysOutAlerts, loadOptions, positive, type SettingsOptions, withSettings } from "./settings.ts";

export interface RunOptions extends SettingsOptions, FalcoPrintOptions {
  readonly duration?: string;
  readonly pidfile?: string;
  readonly unbuffered?: true;
  readonly dryRun?: true;
  readonly strict?: true;
  readonly source?: readonly string[];
  readonly enableSource?: readonly string[];
  readonly disableSource?: readonly string[];
  readonly v?: true;
  /** Whether alerts are laid out if standard output is a terminal with colors. */
  readonly layout?: boolean;
}

export function add(program: Command): void {
  const command = withSettings(program.command("run"))
    .description("watch this machine and print alerts until interrupted")
    .option("-M, --duration <seconds>", "stop after this many seconds")
    .option("-P, --pidfile <file>", "write the process ID to this file while running")
    .option("-U, --unbuffered", "flush outputs after each alert, regardless of the configuration")
    .option(
      "--source <name[=origin]>",
      `also read events from this source: ${documentSources.map(({ name }) => name).join(", ")}, or a custom name (repeatable)`,
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option("--strict", "reject rule files that need a missing plugin or source, instead of skipping them")
    .option("--dry-run", "validate configuration and rules, print the number of active rules, and exit")
    .addHelpText(
      "after",
      `
Signals: SIGHUP reloads configuration and rules, SIGUSR1 reopens output files, SIGUSR2 starts a new process that takes over
without missing events, SIGINT and SIGTERM stop the program.

Options of falco, such as --disable-source and --support, are also accepted (docs/compatibility.md).

Examples:
  sudo eyas run
  sudo eyas run -c /etc/falco/falco.yaml -o json_output=true
  sudo eyas run -r my-rules.yaml --json | jq .rule
  sudo eyas run -p 'in %proc.cwd' --match first
  sudo eyas run --source k8s_audit --source app=/var/log/app.json
`,
    )
    .action((options: RunOptions) => watch({ ...options, layout: laysOutAlerts(options) }));
  addHiddenFalcoOptions(command);
}

/** Starts the agent, unless an option that prints information is set. */
export async function watch(given: RunOptions): Promise<void> {
  const options = given.v ? { ...given, option: [...(given.option ?? []), "log_level=debug"] } : given;
  if (asksToPrint(options)) {
    const { printInstead } = await import("./falco-print.ts");
    if (await printInstead(options)) return;
  }
  const { runAgent } = await import("../agent/agent.ts");
  const { limitHeap } = await import("../agent/memory/heap-limit.ts");
  const {
    duration,
    pidfile,
    unbuffered,
    dryRun,
    strict,
    source: sources,
    enableSource,
    disableSource,
    layout,
  } = options;
  const seconds = duration === undefined || duration === "0" ? undefined : positive(duration, "--duration");
  await runAgent({
    ...loadOptions(options),
    ...(sources && { sources }),
    enableSources: enableSource,
    disableSources: disableSource,
    seconds,
    pidfile,
    unbuffered,
    dryRun,
    strict,
    limitHeap,
    layout,
  });
}
