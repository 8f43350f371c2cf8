import { join } from "node:path";
import type { Plugin } from "vitest/config";

/** Adds the table of parts to the reporters, including those of the command line, which replace configured ones. */
export function tableOfParts(): Plugin {
  const table = join(import.meta.dirname, "table.ts");
  return {
    name: "table-of-parts",
    configureVitest({ vitest }) {
      const { reporters } = vitest.config;
      if (!reporters.some((each) => Array.isArray(each) && each[0] === table)) reporters.push([table, {}]);
    },
  };
}
