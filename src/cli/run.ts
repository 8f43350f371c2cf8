import type { Command } from "commander";
import { documentSources } from "../source/sources.ts";
import { loadOptions, positive, type SettingsOptions, withSettings } from "./settings.ts";

export interface RunOptions extends SettingsOptions {
  readonly duration?: string;
  readonly pidfile?: string;
  readonly unbuffered?: true;
  readonly dryRun?: true;
  readonly source?: readonly string[];
}

export function add(program: Command): void {
  withSettings(program.command("run"))
    .description("watch this machine and print alerts until interrupted")
    .option("-M, --duration <seconds>", "stop after this many seconds")
    .option("-P, --pidfile <file>", "write the process ID to this file while running")
    .option("-U, --unbuffered", "flush outputs after each alert, regardless of the configuration")
    .option(
      "--source <name[=origin]>",
      `also read events from this source: ${documentSources.map(({ name }) => name).join(", ")}, or a custom name (repeatable)`,
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option("--dry-run", "load configuration and rules, print what would be watched, and exit")
    .addHelpText(
      "after",
      `
Signals: SIGHUP reloads configuration and rules, SIGUSR1 reopens output files, SIGINT and SIGTERM stop the program.

Examples:
  sudo eyas run
  sudo eyas run -c /etc/falco/falco.yaml -o json_output=true
  sudo eyas run -r my-rules.yaml --json | jq .rule
  sudo eyas run -p 'in %proc.cwd' --match first
  sudo eyas run --source k8s_audit --source app=/var/log/app.json
`,
    )
    .action(watch);
}

async function watch(options: RunOptions): Promise<void> {
  const { runAgent } = await import("../agent/agent.ts");
  const { limitHeap } = await import("./heap-limit.ts");
  const { duration, pidfile, unbuffered, dryRun, source: sources } = options;
  const seconds = duration === undefined ? undefined : positive(duration, "--duration");
  await runAgent({
    ...loadOptions(options),
    ...(sources && { sources }),
    seconds,
    pidfile,
    unbuffered,
    dryRun,
    limitHeap,
  });
}
