import { join } from "node:path";
import type { Plugin } from "vitest/config";

/**
 * Adds the reporters of this project to the reporters given on the command line, which would replace configured
 * reporters.
 */
export function ownReporters(): Plugin {
  const own = ["table.ts", "../guest/ahead.ts"].map((file) => join(import.meta.dirname, file));
  return {
    name: "own-reporters",
    configureVitest({ vitest }) {
      const { reporters } = vitest.config;
      for (const file of own)
        if (!reporters.some((each) => Array.isArray(each) && each[0] === file)) reporters.push([file, {}]);
    },
  };
}
