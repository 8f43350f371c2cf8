import type { MachineRow } from "../../src/api/schemas/machine.ts";

type State = MachineRow["state"];

/** Filter of the machines, in the form of URL parameters. Empty values match all machines. */
export interface MachineFilter {
  readonly state: string;
  readonly text: string;
}

export function machineFilterOf(parameters: URLSearchParams): MachineFilter {
  return {
    state: (parameters.get("state") ?? "").slice(0, 50),
    text: (parameters.get("text") ?? "").slice(0, 300),
  };
}

/** The non-empty parts of the filter as query parameters of the API, which rejects unknown states. */
export function machineParameters({ state, text }: MachineFilter) {
  return { ...(state !== "" && { state: state as State }), ...(text !== "" && { text }) };
}

/** The URL of a filter. */
export function machinesAddress(filter: MachineFilter): string {
  const parameters = new URLSearchParams(machineParameters(filter));
  return parameters.size === 0 ? "/machines" : `/machines?${parameters}`;
}

/** The URL of the page of a machine. */
export function machineAddress(id: string): string {
  return `/machines/${encodeURIComponent(id)}`;
}
