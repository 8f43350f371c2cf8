import { componentNames, healthComponents } from "../src/telemetry/health.ts";
import { markdownTable, type Write } from "./table.ts";

/** The table of docs/health.md. */
export const healthTables: Readonly<Record<string, Write>> = {
  "health-components": () =>
    markdownTable(
      ["component", "critical", "ok means"],
      componentNames.map((name) => {
        const { critical, help } = healthComponents[name];
        return [`\`${name}\``, critical ? "yes" : "no", help];
      }),
    ),
};
