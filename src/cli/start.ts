import type { Command } from "commander";
import { withConfig } from "./settings.ts";

export interface StartOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly drill?: true;
  readonly duration?: string;
}

export function add(program: Command): void {
  withConfig(program.command("start"))
    .description("watch this machine and serve the web UI; replay a sample capture if the kernel is not accessible")
    .option("--drill", "also run the drill, so that alerts appear immediately")
    .option("-M, --duration <seconds>", "stop after this many seconds")
    .addHelpText("after", "\nExample:\n  sudo eyas start -c eyas.yaml -o web_page.listen_port=9000 --drill\n")
    .action(async (options: StartOptions) => (await import("./first-look.ts")).firstLook(options));
}
