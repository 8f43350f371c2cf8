import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("replay")
    .description("(being written)")
    .action(() => {
      throw new Failure("replay is not written yet.");
    });
}
