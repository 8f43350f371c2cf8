import { defineConfig } from "vitest/config";
import { ownReporters } from "../plugin.ts";

/** Configuration of the run with skipped tests that table.test.ts starts. */
export default defineConfig({
  plugins: [ownReporters()],
  test: { root: import.meta.dirname, include: ["*.fixture.ts"] },
});
