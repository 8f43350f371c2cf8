import type { JSX } from "preact";
import type { MachineRow } from "../../src/api/schemas/machine.ts";

/** The state of a machine. */
export function MachineStateText({ state, level }: Pick<MachineRow, "state" | "level">): JSX.Element {
  // Not in the color of a healthy machine.
  return <span class={`machine-state ${state === "unknown" ? state : level}`}>{state}</span>;
}
