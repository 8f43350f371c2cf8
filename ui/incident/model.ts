import type { Incident, IncidentAlert, IncidentObject, IncidentProcess } from "../../src/api/schemas/incident.ts";
import { bound, shortenChains } from "./bound.ts";
import type { Graph, GraphLink, GraphNode } from "./node.ts";
import { signaturesOf } from "./signature.ts";

/** Number of files, connections or objects of an alert node above which they are folded. */
const MAX_OBJECTS = 3;
const MAX_LINKS = 150;

const RELATIONS: Readonly<Record<NonNullable<IncidentAlert["relation"]>, string>> = {
  process: "Same process",
  lineage: "Same ancestors",
  request: "API requests for the pod",
  call: "API requests from the pod",
  pod: "Processes in the pod",
  flow: "Same connection",
  container: "Same container",
};

/** Builds the graph of an incident: folds repeats, and limits the number of nodes. */
export function graphOf(incident: Incident): Graph {
  const builder = new Builder(incident);
  const { roots, omitted } = bound(shortenChains(builder.roots()));
  const kept = new Set<string>();
  const visit = (node: GraphNode): void => {
    kept.add(node.id);
    node.children.forEach(visit);
  };
  roots.forEach(visit);
  const links = builder.links().filter(({ from, to }) => kept.has(from) && kept.has(to));
  return { roots, links: links.slice(0, MAX_LINKS), omitted };
}

class Builder {
  private readonly incident: Incident;
  private readonly children = new Map<number, number[]>();
  private readonly alertsOf = new Map<number | undefined, IncidentAlert[]>();
  private readonly signature: readonly string[];
  /** Positions of the processes from the root to the process of the alert. */
  private readonly path = new Set<number>();
  private readonly placed = new Map<number, string>();
  private readonly found: GraphLink[] = [];
  private readonly executables: (readonly [path: string, node: string])[] = [];
  private nodes = 0;

  constructor(incident: Incident) {
    this.incident = incident;
    const { processes, alerts } = incident;
    for (const [position, { parent }] of processes.entries())
      if (parent !== undefined) listIn(this.children, parent).push(position);
    for (const alert of alerts) listIn(this.alertsOf, alert.process).push(alert);
    let at = alerts.find(({ id }) => id === incident.alert)?.process;
    while (at !== undefined && !this.path.has(at)) {
      this.path.add(at);
      at = processes[at]?.parent;
    }
    const rules = (position: number): readonly string[] => (this.alertsOf.get(position) ?? []).map(({ rule }) => rule);
    this.signature = signaturesOf(processes, this.children, rules, this.path);
  }

  roots(): GraphNode[] {
    const roots = this.incident.processes.flatMap(({ parent }, position) => (parent === undefined ? [position] : []));
    const loose = Map.groupBy(this.alertsOf.get(undefined) ?? [], ({ relation }) => relation);
    return [
      ...this.processNodes(roots),
      ...[...loose].flatMap(([relation, alerts]) => {
        const children = this.alertNodes(alerts);
        if (relation === undefined) return children;
        return [this.node({ kind: "related", name: RELATIONS[relation], children, alerts })];
      }),
    ];
  }

  links(): GraphLink[] {
    const files = new Map<string, string>();
    for (const [position, node] of this.placed) {
      const { kind, name = "" } = this.incident.objects[position] ?? {};
      if (kind === "file") files.set(name, node);
    }
    const runs = this.executables.flatMap(([path, to]): GraphLink[] => {
      const from = files.get(path);
      return from === undefined ? [] : [{ kind: "runs", from, to }];
    });
    return [...runs, ...this.found];
  }

  /** Returns the nodes of processes with the same parent. Processes with the same signature become one node. */
  private processNodes(positions: readonly number[]): GraphNode[] {
    const groups = Map.groupBy(positions, (position) => this.signature[position]);
    return [...groups.values()].map((members) => {
      const processes = members.flatMap((position) => this.incident.processes[position] ?? []);
      const alerts = members.flatMap((position) => this.alertsOf.get(position) ?? []);
      const children = [
        ...this.alertNodes(alerts),
        ...this.processNodes(members.flatMap((position) => this.children.get(position) ?? [])),
      ];
      const times = members.map((position) => this.beginOf(position));
      const isSubject = alerts.some(({ id }) => id === this.incident.alert);
      const [first] = processes;
      const node = this.node({ kind: "process", name: nameOf(first), times, children, processes, alerts, isSubject });
      for (const path of new Set(processes.map(({ exepath }) => exepath ?? "")))
        if (path !== "") this.executables.push([path, node.id]);
      return node;
    });
  }

  /** Start time of a process, or the time of its first alert. NaN if neither is known. */
  private beginOf(position: number): number {
    const start = Date.parse(this.incident.processes[position]?.time ?? "");
    const [first] = this.alertsOf.get(position) ?? [];
    const alert = Date.parse(first?.time ?? "");
    return Number.isNaN(start) || alert < start ? alert : start;
  }

  /** Returns the nodes of the alerts of a process. Alerts of the same rule become one node. */
  private alertNodes(alerts: readonly IncidentAlert[]): GraphNode[] {
    return [...Map.groupBy(alerts, ({ rule }) => rule)].map(([rule, same]) => {
      const id = this.newId();
      return this.node({
        ...{ id, kind: "alert", name: rule, alerts: same, children: this.objectNodes(id, same) },
        times: same.map(({ time }) => Date.parse(time)),
        isSubject: same.some(({ id: alert }) => alert === this.incident.alert),
      });
    });
  }

  /** Returns the nodes of the objects of alerts. If an object already has a node, adds a link to that node instead. */
  private objectNodes(alertNode: string, alerts: readonly IncidentAlert[]): GraphNode[] {
    const mentions = new Map<number, IncidentAlert[]>();
    for (const alert of alerts) for (const position of alert.objects) listIn(mentions, position).push(alert);
    const fresh: { position: number; object: IncidentObject; alerts: readonly IncidentAlert[] }[] = [];
    for (const [position, those] of mentions) {
      const object = this.incident.objects[position];
      const known = this.placed.get(position);
      if (known !== undefined) this.link(alertNode, known);
      else if (object !== undefined) fresh.push({ position, object, alerts: those });
    }
    const add = (kind: IncidentObject["kind"], name: string, members: typeof fresh): GraphNode => {
      const times = members.map(({ alerts: [first] }) => Date.parse(first?.time ?? ""));
      const those = [...new Set(members.flatMap(({ alerts: each }) => each))];
      const node = this.node({ kind, name, times, alerts: those, objects: members.map(({ object }) => object) });
      for (const { position } of members) this.placed.set(position, node.id);
      return node;
    };
    return [...Map.groupBy(fresh, ({ object }) => object.kind)].flatMap(([kind, members]) =>
      members.length > MAX_OBJECTS
        ? [add(kind, "", members)]
        : members.map((member) => add(kind, member.object.name, [member])),
    );
  }

  private link(from: string, to: string): void {
    if (!this.found.some((link) => link.from === from && link.to === to)) this.found.push({ kind: "same", from, to });
  }

  private newId(): string {
    return `n${this.nodes++}`;
  }

  private node(parts: Pick<GraphNode, "kind" | "name"> & Partial<GraphNode>): GraphNode {
    const { times = [], children = [] } = parts;
    const known = times.filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
    const first = Math.min(...known, ...children.map((child) => child.from));
    const from = Number.isFinite(first) ? first : 0;
    return {
      ...{ id: parts.id ?? this.newId(), processes: [], alerts: [], objects: [], isSubject: false },
      ...parts,
      ...{ children, from, times: known.length > 0 ? known : [from] },
    };
  }
}

function nameOf(process: IncidentProcess | undefined): string {
  const { name = "", pid = 0 } = process ?? {};
  return name === "" ? (pid > 0 ? `PID ${pid}` : "?") : name;
}

function listIn<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}
