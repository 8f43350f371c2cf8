import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("fields")
    .description("(being written)")
    .action(() => {
      throw new Failure("fields is not written yet.");
    });
}
