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
      const { eyas_version, engine_version, schema_version, node_version } = ownVersions();
      if (json) printJson(ownVersions());
      else
        print(
          `eyas ${eyas_version}\nrule language ${engine_version}\nevent format ${schema_version}\nnode ${node_version}\n`,
        );
    });
}
