import type { Command } from "commander";
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
    .description("watch this machine and print alerts, until interrupted")
    .option("-M, --duration <seconds>", "stop after this time")
    .option("-P, --pidfile <file>", "write the process id to a file while it runs")
    .option("-U, --unbuffered", "write each alert at once, whatever the configuration says")
    .option(
      "--source <name[=place]>",
      "take events of this source too: k8s_audit, suricata, firewall, or a name of your own (repeat for more)",
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option("--dry-run", "load configuration and rules, say what would be watched, and stop")
    .addHelpText(
      "after",
      `
SIGHUP loads configuration and rules again, SIGUSR1 opens output files anew, SIGINT and SIGTERM stop.

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
  const { duration, pidfile, unbuffered, dryRun, source: sources } = options;
  const seconds = duration === undefined ? undefined : positive(duration, "--duration");
  await runAgent({ ...loadOptions(options), ...(sources && { sources }), seconds, pidfile, unbuffered, dryRun });
}
