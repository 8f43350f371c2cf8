import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import { print } from "../telemetry/print.ts";
import type { CatalogueOptions } from "../workbench/inventory/catalogue.ts";
import { withCatalogueOptions } from "./catalogue.ts";

export interface FieldOptions extends CatalogueOptions {
  readonly source?: string;
}

export function add(program: Command): void {
  withCatalogueOptions(program.command("fields"))
    .description("list the fields that conditions and outputs can use")
    .option("--source <name>", "list only fields of this source; json: fields of custom sources")
    .addHelpText(
      "after",
      "\nExamples:\n  eyas fields parent\n  eyas fields --source k8s_audit\n  eyas fields -N | grep '^fd'\n",
    )
    .action(listFields);
}

/** Prints the fields whose name, type or description contains all words. */
export async function listFields(words: readonly string[], options: FieldOptions): Promise<void> {
  const { source } = options;
  const { knownSources } = await import("../field/sources.ts");
  if (source !== undefined && !knownSources.includes(source))
    throw new Failure(`Unknown source "${source}"; known sources: ${knownSources.join(", ")}.`);
  const { fieldCatalogue } = await import("../workbench/inventory/field-catalogue.ts");
  const { render, search } = await import("../workbench/inventory/catalogue.ts");
  print(render(search(await fieldCatalogue(source), words), options, process.stdout.columns || 120));
}
