import type { Command } from "commander";
import { print } from "../telemetry/print.ts";
import type { CatalogueOptions } from "../workbench/inventory/catalogue.ts";
import { withCatalogueOptions } from "./catalogue.ts";

export function add(program: Command): void {
  withCatalogueOptions(program.command("events"))
    .description("list event types (evt.type) with their parameters (evt.arg)")
    .addHelpText(
      "after",
      "\nExamples:\n  eyas events open\n  eyas events --format json | jq '.[] | select(.name == \"connect\")'\n",
    )
    .action(listEvents);
}

/** Prints the event types that contain all words. */
export async function listEvents(words: readonly string[], options: CatalogueOptions): Promise<void> {
  const { eventCatalogue } = await import("../workbench/inventory/event-catalogue.ts");
  const { render, search } = await import("../workbench/inventory/catalogue.ts");
  print(render(search(eventCatalogue(), words), options, process.stdout.columns || 120));
}
