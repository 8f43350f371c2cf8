import { kindNames, kinds } from "../src/posture/kinds.ts";
import { markdownTable, type Write } from "./table.ts";

/** The tables of docs/posture.md. */
export const postureTables: Readonly<Record<string, Write>> = {
  "posture-kinds": () =>
    markdownTable(
      ["kind", "category", "finding", "why it matters"],
      kindNames.map((kind) => [`\`${kind}\``, kinds[kind].category, kinds[kind].what, kinds[kind].why]),
    ),
};
