import type { Command } from "commander";

export interface StartOptions {
  readonly drill?: true;
  readonly duration?: string;
}

export function add(program: Command): void {
  program
    .command("start")
    .description("watch this machine and serve the web page; replay a sample capture if the kernel is not accessible")
    .option("--drill", "also run the drill, so that alerts appear immediately")
    .option("-M, --duration <seconds>", "stop after this many seconds")
    .addHelpText("after", "\nExample:\n  sudo npm start\n  sudo eyas start --drill\n")
    .action(async (options: StartOptions) => (await import("./first-look.ts")).firstLook(options));
}
