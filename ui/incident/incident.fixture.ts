import type { Incident, IncidentAlert, IncidentProcess } from "../../src/api/schemas/incident.ts";

/** The time of a second of the incident. */
export const at = (second: number): string => new Date(Date.UTC(2026, 10, 25, 10, 0, second)).toISOString();
/** The time of a second of the incident, in milliseconds since the epoch. */
export const millisecondsAt = (second: number): number => Date.parse(at(second));

export function process(
  name: string,
  parent: number | undefined,
  changes: Partial<IncidentProcess> = {},
): IncidentProcess {
  return {
    ...(parent !== undefined && { parent }),
    ...{ pid: 100, name, cmdline: `${name} -x`, exepath: `/usr/bin/${name}`, hostname: "node-1" },
    ...changes,
  };
}

let alerts = 0;

export function alert(
  second: number,
  process: number | undefined,
  changes: Partial<IncidentAlert> = {},
): IncidentAlert {
  return {
    ...{ id: `alert-${alerts++}`, time: at(second), rule: "File read", priority: "Warning", source: "syscall" },
    ...{ output: "read", objects: [], relation: "process", ...(process !== undefined && { process }) },
    ...changes,
  };
}

/** An incident whose alert is the first one. */
export function incident(changes: Partial<Incident>): Incident {
  return {
    ...{ alert: changes.alerts?.[0]?.id ?? "", processes: [], objects: [], alerts: [], more: false },
    omitted: { processes: 0, objects: 0 },
    ...changes,
  };
}
