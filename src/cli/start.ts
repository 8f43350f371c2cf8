import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("start")
    .description("(being written)")
    .action(() => {
      throw new Failure("start is not written yet.");
    });
}
