// The contents of the dashboards for OpenSearch Dashboards and Kibana.
import { ecsFields } from "../../src/field/roles.ts";
import { elasticsearchOutput } from "../../src/output/receiver/elasticsearch.ts";
import { priorities } from "../../src/rule/rule.ts";

/** A condition for the alerts of a saved search. */
export type Filter =
  | { readonly field: string; readonly oneOf: readonly string[] }
  | { readonly field: string; readonly is: string }
  | { readonly field: string; readonly isNot: string }
  | { readonly field: string; readonly exists: true };

export interface Search {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly filters: readonly Filter[];
  readonly columns: readonly string[];
}

/** A column of a table: the values of a field. */
export interface Column {
  readonly field: string;
  readonly label: string;
  /** Label of the row for alerts without a value. If absent, the table does not count these alerts. */
  readonly without?: string;
}

/** Content of a panel. `count`: number of different values of each field, after the number of alerts. */
export type Content =
  | { readonly kind: "numbers"; readonly count: readonly Column[] }
  | { readonly kind: "over time"; readonly by: Column; readonly orderedBy: string }
  | { readonly kind: "top"; readonly columns: readonly Column[] }
  | { readonly kind: "search"; readonly search: string };

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Position and size, in a grid of 48 columns. */
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly content: Content;
}

/** The name of an alert's field in documents. */
function ecs(field: string): string {
  const found = ecsFields.find(([name]) => name === field);
  if (found === undefined) throw new Error(`${field} has no name in the Elastic Common Schema`);
  return found[1];
}

const user = ecs("user.name");
const program = ecs("proc.name");
const namespace = ecs("k8s.ns.name");
const object = ecs("k8s.pod.name");
const resource = ecs("ka.target.resource");
const action = ecs("ka.verb");
const containerId = ecs("container.id");
const container = ecs("container.name");
const image = ecs("container.image.repository");
const [source, sourcePort] = [ecs("net.src.ip"), ecs("net.src.port")];
const [destination, destinationPort] = [ecs("net.dst.ip"), ecs("net.dst.port")];
const level = "log.level";

/** Priorities as written in documents. Severe priorities are critical and above. */
const levels = priorities.map((priority) => priority.toLowerCase());
const severe = levels.slice(0, priorities.indexOf("Critical") + 1);

/** The alerts of all data streams whose names differ from the default name only in the last part, the namespace. */
export const dataView = {
  id: "eyas-alerts",
  name: "Eyas alerts",
  pattern: `${elasticsearchOutput.keys.datastream.fallback.replace(/-[^-]*$/, "")}-*`,
  timeField: "@timestamp",
};

export const searches: readonly Search[] = [
  {
    id: "eyas-search-alerts",
    title: "Eyas: alerts",
    description: "All alerts, newest first.",
    filters: [],
    columns: [level, "rule.name", "message", "host.name", namespace, container, user],
  },
  {
    id: "eyas-search-critical",
    title: "Eyas: critical alerts",
    description: "Alerts with priority Critical or above, newest first.",
    filters: [{ field: level, oneOf: severe }],
    columns: [level, "rule.name", "message", "host.name", namespace, container, program, user],
  },
  {
    id: "eyas-search-workloads",
    title: "Eyas: alerts of workloads",
    description: "Alerts about processes in containers, with pod, container and image.",
    filters: [
      { field: containerId, exists: true },
      { field: containerId, isNot: "host" },
    ],
    columns: [namespace, object, container, image, level, "rule.name", "message"],
  },
  {
    id: "eyas-search-network",
    title: "Eyas: network alerts",
    description: "Alerts about connections and network events, with both ends.",
    filters: [{ field: destination, exists: true }],
    columns: [
      ...[source, sourcePort, destination, destinationPort, ecs("net.proto"), ecs("dns.name")],
      ...[program, level, "rule.name"],
    ],
  },
  {
    id: "eyas-search-kubernetes",
    title: "Eyas: Kubernetes audit alerts",
    description: "Alerts about requests to the API server of Kubernetes: who did what to which object.",
    filters: [{ field: "event.provider", is: "k8s_audit" }],
    columns: [user, action, namespace, resource, object, level, "rule.name", "message"],
  },
];

/** Rows of the tables. */
export const MOST_ROWS = 20;

export const dashboard = {
  id: "eyas-dashboard",
  title: "Eyas alerts",
  description: "Alerts by time, priority, rule, host, workload, user and ATT&CK technique.",
};

const [NARROW, WIDE, HEIGHT] = [12, 24, 15];

export const panels: readonly Panel[] = [
  {
    id: "eyas-numbers",
    title: "Alerts, rules and hosts",
    description: "Number of alerts, and of different rules and hosts with alerts.",
    place: { x: 0, y: 0, w: NARROW, h: HEIGHT },
    content: {
      kind: "numbers",
      count: [
        { field: "rule.name", label: "Rules" },
        { field: "host.name", label: "Hosts" },
      ],
    },
  },
  {
    id: "eyas-over-time",
    title: "Alerts over time",
    description: "Number of alerts by time and priority.",
    place: { x: NARROW, y: 0, w: 48 - NARROW, h: HEIGHT },
    content: { kind: "over time", by: { field: level, label: "Priority" }, orderedBy: "event.severity" },
  },
  {
    id: "eyas-rules",
    title: "Rules",
    description: "Rules with the most alerts.",
    place: { x: 0, y: HEIGHT, w: WIDE, h: HEIGHT },
    content: {
      kind: "top",
      columns: [
        { field: "rule.name", label: "Rule" },
        { field: level, label: "Priority" },
      ],
    },
  },
  {
    id: "eyas-techniques",
    title: "ATT&CK techniques",
    description: "MITRE ATT&CK techniques with the most alerts. An alert counts for each technique of its rule.",
    place: { x: WIDE, y: HEIGHT, w: NARROW, h: HEIGHT },
    content: { kind: "top", columns: [{ field: "threat.technique.id", label: "Technique" }] },
  },
  {
    id: "eyas-hosts",
    title: "Hosts",
    description: "Hosts with the most alerts.",
    place: { x: WIDE + NARROW, y: HEIGHT, w: NARROW, h: HEIGHT },
    content: { kind: "top", columns: [{ field: "host.name", label: "Host" }] },
  },
  {
    id: "eyas-workloads",
    title: "Namespaces and containers",
    description: "Namespaces and containers with the most alerts.",
    place: { x: 0, y: 2 * HEIGHT, w: WIDE, h: HEIGHT },
    content: {
      kind: "top",
      columns: [
        { field: namespace, label: "Namespace", without: "no namespace" },
        { field: container, label: "Container", without: "no container" },
      ],
    },
  },
  {
    id: "eyas-users",
    title: "Users",
    description: "Users of processes and requests with the most alerts.",
    place: { x: WIDE, y: 2 * HEIGHT, w: NARROW, h: HEIGHT },
    content: { kind: "top", columns: [{ field: user, label: "User" }] },
  },
  {
    id: "eyas-programs",
    title: "Programs",
    description: "Programs with the most alerts.",
    place: { x: WIDE + NARROW, y: 2 * HEIGHT, w: NARROW, h: HEIGHT },
    content: { kind: "top", columns: [{ field: program, label: "Program" }] },
  },
  {
    id: "eyas-newest",
    title: "Newest alerts",
    description: "",
    place: { x: 0, y: 3 * HEIGHT, w: 48, h: 20 },
    content: { kind: "search", search: "eyas-search-alerts" },
  },
];
