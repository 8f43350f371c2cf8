import type { Command } from "commander";

export interface StartOptions {
  readonly drill?: true;
  readonly duration?: string;
}

export function add(program: Command): void {
  program
    .command("start")
    .description("the first look: watch this machine, or where that can't be, replay a recording")
    .option("--drill", "run the drill right away, so that there is something to see")
    .option("-M, --duration <seconds>", "stop after this time")
    .addHelpText("after", "\nExample:\n  sudo npm start\n  sudo eyas start --drill\n")
    .action(async (options: StartOptions) => (await import("./first-look.ts")).firstLook(options));
}
