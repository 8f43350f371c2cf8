import { type Command, Option } from "commander";
import { formats } from "../workbench/inventory/catalogue.ts";

/** Adds the options of commands that print a catalogue. */
export function withCatalogueOptions(command: Command): Command {
  return command
    .argument("[words...]", "list only rows that contain all of these words")
    .addOption(new Option("-f, --format <format>", "output format").choices(formats).default("text"))
    .option("-N, --names", "print only names");
}
