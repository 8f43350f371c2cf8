/** Things that fields tell of, from the outermost inwards: the machine's environment, workloads, processes, what calls act on. */
export const topics = [
  "cluster",
  "node",
  "namespace",
  "pod",
  "owner",
  "service account",
  "space",
  "app",
  "instance",
  "task",
  "deployment",
  "container",
  "image",
  "isolation",
  "user",
  "requester",
  "process",
  "program",
  "parent",
  "signature",
  "file",
  "path",
  "object",
  "peer",
  "server",
  "client",
  "local end",
  "source",
  "destination",
  "flow",
] as const;

export type Topic = (typeof topics)[number];

/**
 * Who knows a field's value where neither the event nor the kernel does:
 * - `container`: the container runtime, of the container.
 * - `sandbox`: the container runtime, of the pod.
 * - `pod`: the container runtime or the API server of Kubernetes, of the pod.
 * - `pod-object`: the API server only, of the pod.
 * - `pod-owners`: the API server only, of what is around the pod: namespace, owners, services.
 * - `session`: the audit log of Kubernetes: who came into the pod.
 * - `workload`: Mesos, Marathon, Cloud Foundry, or the environment that they give their processes.
 * - `machine`: the configuration, the machine and its cloud's metadata service.
 */
export type Enrichment =
  | "container"
  | "sandbox"
  | "pod"
  | "pod-object"
  | "pod-owners"
  | "session"
  | "workload"
  | "machine";

/** A type of the Elastic Common Schema, as far as documents need it. */
export type EcsType = "text" | "number" | "ip";

/** What is known of a field beside how it is read. Rows state it; a class of fields may state some for all. */
export interface Roles {
  /** The thing that it tells of. */
  readonly about?: Topic;
  /** How it tells that thing from others of its kind: by the name that people use, by an id, or as one of several traits. */
  readonly as?: "name" | "id" | "trait";
  /** It tells of what a request is made to, not of who makes it. */
  readonly target?: true;
  /** The field that states the same, and counts where an alert has both. */
  readonly restates?: string;
  readonly needs?: Enrichment;
  /**
   * `always`: each alert has another value, so full text leaves it out. `often`: the next alert of the same program may have
   * another. Exceptions compare neither.
   */
  readonly changes?: "always" | "often";
  /** The word column of the journal that holds it; one more is a step of `src/alert/journal/schema.ts` more. */
  readonly column?: string;
  /** Short names in queries. */
  readonly aliases?: readonly string[];
  /** Streams of Grafana Loki have it as a label. */
  readonly label?: true;
  /** Its place among the columns of exported tables, from 1. */
  readonly csv?: number;
  /** `append_output` with `suggested_output` adds it to the outputs of rules. */
  readonly suggested?: true;
  /** Its label in the panel of the page that says where an alert happened. */
  readonly title?: string;
  /** Its names in the Elastic Common Schema. */
  readonly ecs?: Readonly<Record<string, EcsType>>;
  /** Its key in the Common Event Format. */
  readonly cef?: string;
  /** What a ruleset is indexed by, where rules compare it: the type of the event, or its system call. */
  readonly selects?: "event" | "call";
  /** A comparison with `<NA>` gets a warning: rules for other engines test so for a missing value. */
  readonly unsafeNa?: true;
  /** Why rules should no longer use it, though it is still understood. */
  readonly deprecated?: string;
}

/** The names of all roles. */
export const roleNames: readonly (keyof Roles)[] = [
  ...(["about", "as", "target", "restates", "needs", "changes", "column", "aliases"] as const),
  ...(["label", "csv", "suggested", "title", "ecs", "cef", "selects", "unsafeNa", "deprecated"] as const),
];
