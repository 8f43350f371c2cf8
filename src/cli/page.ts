import type { Command } from "commander";

export interface PageOptions {
  readonly journal?: string;
  readonly config?: string;
  readonly option?: readonly string[];
  readonly listen?: string;
}

export function add(program: Command): void {
  program
    .command("page")
    .description("serve the web UI for a journal, without watching this machine")
    .option("--journal <file>", "journal to use instead of the configured one")
    .option("--listen <address:port>", "address to listen on instead of the configured one; port 0 picks a free port")
    .option("-c, --config <file>", "configuration file")
    .option("-o, --option <key=value>", "override a configuration key (repeatable)", collect)
    .addHelpText(
      "after",
      `
eyas run serves the same web UI if web_page.enabled is true; eyas start always does.

Examples:
  eyas page --journal /backup/journal.db --listen 127.0.0.1:0
  sudo eyas users add maria --role responder
`,
    )
    .action(async (options: PageOptions) => (await import("./page-alone.ts")).servePageAlone(options));
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
