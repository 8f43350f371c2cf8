import { falcoOptions } from "../src/agent/falco/options.ts";
import { falcoKeyStatus } from "../src/config/compatibility.ts";
import { markdownTable, type Write } from "./table.ts";

/** The tables of docs/compatibility.md. */
export const compatibilityTables: Readonly<Record<string, Write>> = {
  "falco-keys": () =>
    markdownTable(
      ["key", "", ""],
      falcoKeyStatus().map(({ path, status, how }) => [`\`${path}\``, status, how]),
    ),
  "falco-options": () =>
    markdownTable(
      ["option", "", "", ""],
      falcoOptions.map(({ flags, about, differs }) => [
        `\`${flags}\``,
        about,
        differs === undefined ? "same" : "different on purpose",
        differs ?? "",
      ]),
    ),
};
