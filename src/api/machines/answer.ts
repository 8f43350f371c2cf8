import { badRequest } from "../api-error.ts";
import type { Machine, MachineRow, Machines } from "../schemas/machine.ts";
import type { MachineList, Paging } from "../store/store.ts";
import { type MachineStateName, machineStateNames, machineStates } from "./machine-states.ts";

/** A selection of machines; all conditions must match. */
export interface MachineFilter {
  readonly state?: MachineStateName;
  /** Words in host name, version, kernel, architecture, digest of the rules or state. */
  readonly text?: string;
}

/** A page of the machines that match a filter, most severe state first. @throws ApiError for an invalid cursor */
export function machinesAnswer(list: MachineList, filter: MachineFilter, { limit, cursor }: Paging): Machines {
  const from = offsetOf(cursor);
  const matching = list.machines.filter(matcher(filter)).sort(mostSevereFirst);
  return {
    source: list.source,
    note: list.note,
    machines: matching.slice(from, from + limit).map(rowOf),
    counts: countsOf(list.machines),
    total: matching.length,
    complete: list.complete,
    next: from + limit < matching.length ? String(from + limit) : null,
  };
}

const rank = new Map<string, number>(machineStateNames.map((name, i) => [name, i]));

function mostSevereFirst(a: Machine, b: Machine): number {
  const severity = (rank.get(a.state) ?? 0) - (rank.get(b.state) ?? 0);
  if (severity !== 0) return severity;
  if (a.hostname !== b.hostname) return a.hostname < b.hostname ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function matcher({ state, text = "" }: MachineFilter): (machine: Machine) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (machine) => {
    if (state !== undefined && machine.state !== state) return false;
    if (words.length === 0) return true;
    const { hostname, version, kernel, architecture, digest } = machine;
    const searched = [hostname, version, kernel, architecture, digest, machine.state].join("\n").toLowerCase();
    return words.every((word) => searched.includes(word));
  };
}

/** Number of machines by state, regardless of the filter. States without machines are omitted. */
function countsOf(machines: readonly Machine[]): Machines["counts"] {
  const counts = new Map<MachineStateName, number>();
  for (const { state } of machines) counts.set(state, (counts.get(state) ?? 0) + 1);
  return machineStateNames.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, ...machineStates[state], machines: count }];
  });
}

function rowOf(machine: Machine): MachineRow {
  const { id, hostname, state, level, since, reason, seen, version, kernel, architecture } = machine;
  const { rate, dropped, backlog, memory, rules, lastAlert, alerts } = machine;
  return {
    ...{ id, hostname, state, level, since, reason, seen, version, kernel, architecture },
    ...{ rate, dropped, backlog, memory, rules, lastAlert, alerts },
  };
}

/** @throws ApiError */
function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,7}$/.test(cursor)) throw badRequest("The cursor is invalid.");
  return Number(cursor);
}
