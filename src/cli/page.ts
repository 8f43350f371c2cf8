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
    .description("the web page over a journal, without watching anything")
    .option("--journal <file>", "another journal than that of the configuration")
    .option("--listen <address:port>", "another place to listen on; port 0 takes one that is free")
    .option("-c, --config <file>", "the configuration that says where the journal is")
    .option("-o, --option <key=value>", "set a key of the configuration (repeat for more)", collect)
    .addHelpText(
      "after",
      `
eyas run serves the same page where web_page.enabled is set, and eyas start does.

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
