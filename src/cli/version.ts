import type { Command } from "commander";
import { ownVersions } from "../agent/versions.ts";
import { print, printJson } from "../telemetry/print.ts";

export function add(program: Command): void {
  program
    .command("version")
    .description("print the versions of Eyas, of the rule language and of the event format")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  eyas version --json | jq -r .eyas_version\n")
    .action(({ json }: { json?: true }) => {
      if (json) printJson(ownVersions());
      else printVersions();
    });
}

/** Prints the versions as text. */
export function printVersions(): void {
  const { eyas_version, engine_version, schema_version, node_version } = ownVersions();
  print(
    `eyas ${eyas_version}\nrule language ${engine_version}\nevent format ${schema_version}\nnode ${node_version}\n`,
  );
}
