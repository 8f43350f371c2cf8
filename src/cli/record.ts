import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("record")
    .description("(being written)")
    .action(() => {
      throw new Failure("record is not written yet.");
    });
}
