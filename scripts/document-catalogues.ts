import { render } from "../src/workbench/inventory/catalogue.ts";
import { eventCatalogue } from "../src/workbench/inventory/event-catalogue.ts";
import { fieldCatalogue } from "../src/workbench/inventory/field-catalogue.ts";
import type { Write } from "./table.ts";

/** The tables of docs/events.md and docs/fields.md: the output of `eyas events` and `eyas fields`. */
export const catalogueTables: Readonly<Record<string, Write>> = {
  events: () => render(eventCatalogue(), { format: "markdown" }, 0),
  fields: async () => render(await fieldCatalogue(), { format: "markdown" }, 0),
};
