import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("drill")
    .description("(being written)")
    .action(() => {
      throw new Failure("drill is not written yet.");
    });
}
