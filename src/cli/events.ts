import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("events")
    .description("(being written)")
    .action(() => {
      throw new Failure("events is not written yet.");
    });
}
