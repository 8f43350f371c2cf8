import type { Flows } from "../../src/api/schemas/flow.ts";
import { type Priority, priorities } from "../../src/rule/rule.ts";

export type Flow = Flows["flows"][number];

/** Maximum number of nodes in the picture. */
const MAX_NODES = 60;
/** Maximum number of flows that are kept; the others are only counted. */
const MAX_FLOWS = 5000;

/** The flows of several API responses, which cover successive time ranges, newest first. */
export interface FlowSum {
  readonly flows: ReadonlyMap<string, Flow>;
  /** Number of alerts with connections, and of alerts for flows that are not in `flows`. */
  readonly alerts: number;
  readonly omitted: number;
}

export const NO_FLOWS: FlowSum = { flows: new Map(), alerts: 0, omitted: 0 };

export function addFlows(sum: FlowSum, answer: Pick<Flows, "flows" | "alerts" | "omitted">): FlowSum {
  const flows = new Map(sum.flows);
  let omitted = sum.omitted + answer.omitted;
  for (const flow of answer.flows) {
    const key = JSON.stringify([flow.from.field, flow.from.value, flow.to.query]);
    const known = flows.get(key);
    if (known !== undefined) {
      const priority = rank(known.priority) <= rank(flow.priority) ? known.priority : flow.priority;
      const name = known.to.name === "" ? flow.to.name : known.to.name;
      flows.set(key, { ...known, to: { ...known.to, name }, priority, count: known.count + flow.count });
    } else if (flows.size < MAX_FLOWS) flows.set(key, flow);
    else omitted += flow.count;
  }
  return { flows, alerts: sum.alerts + answer.alerts, omitted };
}

/** A node of the picture: a workload or program on the left, or a remote end on the right. */
export interface MapNode {
  readonly id: string;
  readonly side: "left" | "right";
  /** Untrusted. */
  readonly text: string;
  /** A second line of text. Untrusted. */
  readonly more: string;
  /** The query that selects the alerts of the node. */
  readonly query: string;
  readonly count: number;
  readonly priority: Priority;
}

/** A flow between two nodes. */
export interface MapEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly flow: Flow;
}

/** The nodes and edges of the picture, and the number of flows and alerts that are not shown. */
export interface FlowMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly hidden: { readonly flows: number; readonly alerts: number };
}

/** Chooses the flows of the picture, the most severe first, so that there are at most {@link MAX_NODES} nodes. */
export function flowMapOf(flows: readonly Flow[]): FlowMap {
  const nodes = new Map<string, MapNode>();
  const edges: MapEdge[] = [];
  let hiddenAlerts = 0;
  for (const flow of sortedFlows(flows)) {
    const ends = endsOf(flow);
    const fresh = ends.filter(({ id }) => !nodes.has(id));
    if (nodes.size + fresh.length > MAX_NODES) {
      hiddenAlerts += flow.count;
      continue;
    }
    for (const end of ends) {
      const known = nodes.get(end.id);
      nodes.set(end.id, known === undefined ? end : { ...known, count: known.count + end.count }); // the first is the most severe
    }
    const [from, to] = ends;
    edges.push({ id: `${from.id} ${to.id}`, from: from.id, to: to.id, flow });
  }
  return {
    nodes: [...nodes.values()],
    edges,
    hidden: { flows: flows.length - edges.length, alerts: hiddenAlerts },
  };
}

/** Flows by priority, the most severe first, and by number of alerts. */
export function sortedFlows(flows: readonly Flow[]): readonly Flow[] {
  return flows.toSorted((one, other) => rank(one.priority) - rank(other.priority) || other.count - one.count);
}

function endsOf({ from, to, count, priority }: Flow): readonly [MapNode, MapNode] {
  return [
    {
      id: `l ${from.query}`,
      side: "left",
      text: localText(from),
      more: from.field,
      query: from.query,
      count,
      priority,
    },
    {
      id: `r ${to.query}`,
      side: "right",
      text: remoteText(to),
      more: to.name === "" ? "" : addressText(to),
      query: to.query,
      count,
      priority,
    },
  ];
}

/** The workload, program or source address. Untrusted. */
export function localText({ value }: Flow["from"]): string {
  return value === "" ? "(unknown)" : value;
}

/** The name of the remote end, or its address, with the port. Untrusted. */
export function remoteText(to: Flow["to"]): string {
  return to.name === "" ? addressText(to) : to.port > 0 ? `${to.name}:${to.port}` : to.name;
}

function addressText({ address, port }: Flow["to"]): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The query that selects the alerts of a flow. */
export function flowQuery({ from, to }: Flow): string {
  return `${from.query} and ${to.query}`;
}

export function rank(priority: Priority): number {
  return priorities.indexOf(priority);
}
