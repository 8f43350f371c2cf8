import type { IncidentAlert, IncidentObject, IncidentProcess } from "../../src/api/schemas/incident.ts";

/**
 * Kinds of nodes. `chain`: successive ancestors without alerts; `related`: alerts without a process, by relation;
 * `more`: nodes beyond the limit of their parent.
 */
export type NodeKind = "process" | "alert" | "file" | "connection" | "resource" | "chain" | "related" | "more";

/** A node of the graph. Nodes of the same kind and name with the same parent are folded into one. */
export interface GraphNode {
  /** Unique in the graph. */
  readonly id: string;
  readonly kind: NodeKind;
  /** Name of the process, rule, file, connection or object. Untrusted. */
  readonly name: string;
  /** Start times of the folded items, in milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  /** Time of the first item of the node and its descendants. */
  readonly from: number;
  readonly children: readonly GraphNode[];
  readonly processes: readonly IncidentProcess[];
  /** The alerts that the node stands for, or that mention its objects. */
  readonly alerts: readonly IncidentAlert[];
  readonly objects: readonly IncidentObject[];
  /** Whether the node contains the alert of the incident, or its process. */
  readonly isSubject: boolean;
}

/**
 * An edge outside the tree. `same` links an alert to an object of another alert; `runs` links a file to a process that
 * executes it.
 */
export interface GraphLink {
  readonly kind: "same" | "runs";
  readonly from: string;
  readonly to: string;
}

/** The graph of an incident: trees of nodes, and edges between them. */
export interface Graph {
  readonly roots: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  /** Number of nodes that are omitted because of the limit. */
  readonly omitted: number;
}

export const KIND_NAMES: Readonly<Record<NodeKind, string>> = {
  process: "Process",
  alert: "Alert",
  file: "File",
  connection: "Connection",
  resource: "Kubernetes object",
  chain: "Processes",
  related: "Related alerts",
  more: "More",
};

/** Number of items of a node until a time. */
export function countUntil({ times }: Pick<GraphNode, "times">, until: number): number {
  return times.filter((time) => time <= until).length;
}

const PLURALS: Partial<Readonly<Record<NodeKind, string>>> = {
  file: "files",
  connection: "connections",
  resource: "objects",
  chain: "processes",
  more: "more",
};

/** Text of a node, and the number of its repeats until a time. Untrusted. */
export function labelOf(node: GraphNode, until: number): { readonly text: string; readonly count: number } {
  const count = countUntil(node, until);
  const plural = node.name === "" ? PLURALS[node.kind] : undefined;
  return plural === undefined ? { text: node.name, count } : { text: `${count} ${plural}`, count: 1 };
}

/** All nodes of trees that begin until a time, parents before their children. */
export function visibleNodes(
  roots: readonly GraphNode[],
  until: number,
): readonly { readonly node: GraphNode; readonly parent: GraphNode | undefined; readonly level: number }[] {
  const found: { node: GraphNode; parent: GraphNode | undefined; level: number }[] = [];
  const visit = (nodes: readonly GraphNode[], parent: GraphNode | undefined, level: number): void => {
    for (const node of nodes) {
      if (node.from > until) continue;
      found.push({ node, parent, level });
      visit(node.children, node, level + 1);
    }
  };
  visit(roots, undefined, 1);
  return found;
}
