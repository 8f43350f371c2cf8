import type { InternalEvent } from "../../alert/internal.ts";
import type { SilentMachine } from "../../api/agent-view.ts";

/** The event of a machine of the fleet that has become silent. */
export function silentMachine({ id, hostname, seen }: SilentMachine): InternalEvent {
  const last = new Date(seen).toISOString();
  return {
    rule: "Eyas internal: machine silent",
    priority: "Error",
    message: `The agent on ${hostname || `the machine ${id}`} has been silent since ${last}, and did not stop in order.`,
    fields: { "eyas.machine": hostname, "eyas.machine_id": id, "eyas.last_document": last },
  };
}
