import { render } from "../src/cli/catalogue.ts";
import { eventCatalogue } from "../src/cli/event-catalogue.ts";
import { fieldCatalogue } from "../src/cli/field-catalogue.ts";
import type { Write } from "./table.ts";

/** The tables of docs/events.md and docs/fields.md: the output of `eyas events` and `eyas fields`. */
export const catalogueTables: Readonly<Record<string, Write>> = {
  events: () => render(eventCatalogue(), { format: "markdown" }, 0),
  fields: async () => render(await fieldCatalogue(), { format: "markdown" }, 0),
};
