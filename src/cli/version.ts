import type { Command } from "commander";
import { ENGINE_VERSION, printVersion } from "../rule/version.ts";
import { version } from "./home.ts";

/** The format of events that the kernel writes and captures hold: that of Falco's driver of this version. */
const SCHEMA_VERSION = "4.5.1";

export function add(program: Command): void {
  program
    .command("version")
    .description("print the versions of Eyas, of the rule language and of the event format")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExample:\n  eyas version --json | jq -r .eyas_version")
    .action(({ json }: { json?: true }) => {
      const engine = printVersion(ENGINE_VERSION);
      const versions = {
        eyas_version: version(),
        engine_version: engine,
        schema_version: SCHEMA_VERSION,
        node_version: process.versions.node,
      };
      if (json) console.log(JSON.stringify(versions));
      else
        console.log(
          `eyas ${versions.eyas_version}\nrule language ${engine}\nevent format ${SCHEMA_VERSION}\nnode ${versions.node_version}`,
        );
    });
}
