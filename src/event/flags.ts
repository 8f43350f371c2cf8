import { flagTables } from "./flag-tables.ts";
import { tableRows } from "./rows.ts";
import type { FlagTable } from "./schema.ts";

/** Flag tables by name, such as `file_flags`. */
export const flagTable: ReadonlyMap<string, FlagTable> = new Map(
  tableRows(flagTables).map((row) => {
    const [name = "", values = ""] = row.split(": ");
    return [name, values.split(" ").map(pair)];
  }),
);

function pair(text: string): [string, number] {
  const [name = "", value] = text.split("=");
  return [name, Number(value)];
}
