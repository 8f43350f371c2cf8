import type { Command } from "commander";
import { ENGINE_VERSION, printVersion } from "../rule/version.ts";
import { version } from "./home.ts";

/** The format of events that the kernel writes and captures hold: that of Falco's driver of this version. */
const SCHEMA_VERSION = "4.5.1";

/** Versions of everything that has one. Those with `falco` or `driver` in their name are what its tools ask for. */
export function versions(): Readonly<Record<string, string>> {
  const engine = printVersion(ENGINE_VERSION);
  return {
    ...own(),
    engine_version: String(ENGINE_VERSION[1]),
    engine_version_semver: engine,
    driver_schema_version: SCHEMA_VERSION,
    falco_version: version(),
  };
}

function own(): { eyas_version: string; engine_version: string; schema_version: string; node_version: string } {
  return {
    eyas_version: version(),
    engine_version: printVersion(ENGINE_VERSION),
    schema_version: SCHEMA_VERSION,
    node_version: process.versions.node,
  };
}

export function add(program: Command): void {
  program
    .command("version")
    .description("print the versions of Eyas, of the rule language and of the event format")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExample:\n  eyas version --json | jq -r .eyas_version")
    .action(({ json }: { json?: true }) => {
      const { eyas_version, engine_version, schema_version, node_version } = own();
      if (json) console.log(JSON.stringify(own()));
      else
        console.log(
          `eyas ${eyas_version}\nrule language ${engine_version}\nevent format ${schema_version}\nnode ${node_version}`,
        );
    });
}
