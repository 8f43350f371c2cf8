import { defineConfig } from "vitest/config";
import { ownReporters } from "../plugin.ts";

/** For table.test.ts: a run in which tests are skipped. */
export default defineConfig({
  plugins: [ownReporters()],
  test: { root: import.meta.dirname, include: ["*.fixture.ts"] },
});
