import { existsSync } from "node:fs";
import type { Command } from "commander";
import { addFalcoOptions } from "./falco-options.ts";
import type { FalcoPrintOptions } from "./falco-print.ts";
import { type RunOptions, watch } from "./run.ts";

/** Path of the configuration that Falco reads without `-c`. */
const CONFIG = "/etc/falco/falco.yaml";

/** Options of Falco, by letter. */
interface FalcoOptions extends FalcoPrintOptions, Omit<RunOptions, "config" | "rules" | "duration"> {
  readonly c?: string;
  readonly r?: readonly string[];
  readonly M?: string;
}

export function add(program: Command): void {
  addFalcoOptions(program.command("falco"))
    .description("run with the command-line options of falco; a symbolic link to eyas named falco has the same effect")
    .addHelpText(
      "after",
      `
Without -c, ${CONFIG} is read if it exists. Differences: docs/compatibility.md.

Examples:
  sudo eyas falco -c /etc/falco/falco.yaml -o json_output=true -U
  ln -s "$(command -v eyas)" /usr/local/bin/falco
`,
    )
    .action(async ({ c, r, M, ...options }: FalcoOptions) => {
      const config = c ?? (existsSync(CONFIG) ? CONFIG : undefined);
      await watch({
        ...options,
        ...(config !== undefined && { config }),
        ...(r && { rules: r }),
        ...(M !== undefined && { duration: M }),
      });
    });
}
