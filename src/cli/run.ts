import type { Command } from "commander";
import { Failure } from "./failure.ts";

export function add(program: Command): void {
  program
    .command("run")
    .description("(being written)")
    .action(() => {
      throw new Failure("run is not written yet.");
    });
}
