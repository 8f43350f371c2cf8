import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("check")
    .description("(being written)")
    .action(() => {
      throw new Failure("check is not written yet.");
    });
}
