import { defineConfig } from "vitest/config";
import { tableOfParts } from "../plugin.ts";

/** For table.test.ts: a run in which tests are skipped. */
export default defineConfig({
  plugins: [tableOfParts()],
  test: { root: import.meta.dirname, include: ["*.fixture.ts"] },
});
