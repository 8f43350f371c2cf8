import type { InternalEvent } from "../../alert/internal.ts";
import type { Silent, SilentFleet, SilentMachine } from "../../api/agent-view.ts";

/**
 * Returns the event for a machine of the fleet that has become silent, or one event if this applies to most machines.
 */
export const silenceEvent = (silent: Silent): InternalEvent =>
  "count" in silent ? silentFleet(silent) : silentMachine(silent);

function silentMachine({ id, hostname, seen }: SilentMachine): InternalEvent {
  const last = new Date(seen).toISOString();
  return {
    rule: "Eyas internal: machine silent",
    priority: "Error",
    message: `The agent on ${hostname || `the machine ${id}`} has been silent since ${last} and did not report a shutdown.`,
    fields: { "eyas.machine": hostname, "eyas.machine_id": id, "eyas.last_document": last },
  };
}

function silentFleet({ count, of, hostnames, seen }: SilentFleet): InternalEvent {
  const last = new Date(seen).toISOString();
  const names = hostnames.join(", ");
  const some = names && `${hostnames.length < count ? ", among them" : ":"} ${names}`;
  return {
    rule: "Eyas internal: most machines silent",
    priority: "Critical",
    message: `${count} of ${of} machines have stopped reporting at the same time, the last at ${last}${some}. Check whether agents can reach and write to the store.`,
    fields: { "eyas.machines_silent": count, "eyas.machines": names, "eyas.last_document": last },
  };
}
