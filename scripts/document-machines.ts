import { machineStateNames, machineStates } from "../src/api/machines/machine-states.ts";
import { markdownTable, type Write } from "./table.ts";

/** The table of the states of machines in docs/page-fleet.md. */
export const machineTables: Readonly<Record<string, Write>> = {
  "machine-states": () =>
    markdownTable(
      ["state", "meaning"],
      machineStateNames.map((name) => [name, machineStates[name].about]),
    ),
};
