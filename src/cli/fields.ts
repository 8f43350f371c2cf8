import type { Command } from "commander";
import { type CatalogueOptions, withCatalogueOptions } from "./catalogue.ts";
import { Failure } from "./failure.ts";

interface FieldOptions extends CatalogueOptions {
  readonly source: string;
}

export function add(program: Command): void {
  withCatalogueOptions(program.command("fields"))
    .description("list the fields that conditions and outputs can name")
    .option("--source <name>", "of events from this source", "syscall")
    .addHelpText("after", "\nExamples:\n  eyas fields parent\n  eyas fields -N | grep '^fd'\n")
    .action(list);
}

async function list(words: readonly string[], options: FieldOptions): Promise<void> {
  if (options.source !== "syscall") throw new Failure(`There is no source "${options.source}"; syscall is one.`);
  const { fieldCatalogue } = await import("./field-catalogue.ts");
  const { render, search } = await import("./catalogue.ts");
  process.stdout.write(render(search(fieldCatalogue(), words), options, process.stdout.columns ?? 120));
}
