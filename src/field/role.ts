/**
 * Subjects of fields, from the outermost inwards: surroundings of the machine, workloads, processes, objects of calls.
 */
export const topics = [
  "cluster",
  "node",
  "namespace",
  "pod",
  "creator",
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
  "actor",
  "caller",
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
 * The source of a value that neither the event nor the kernel has:
 * - `container`: the container runtime, of the container.
 * - `container-events`: the container runtime, of starts and ends of containers.
 * - `sandbox`: the container runtime, of the pod.
 * - `pod`: the container runtime or the API server of Kubernetes, of the pod.
 * - `pod-object`: the API server only, of the pod.
 * - `pod-owners`: the API server only, of objects related to the pod: namespace, owners, services.
 * - `session`: the audit log of Kubernetes: the users who entered and created the pod.
 * - `workload`: Mesos, Marathon, Cloud Foundry, or the environment that they set.
 * - `dns`: the DNS answers that watched processes receive, and a resolver for the names of rules.
 * - `identity`: the content of executables, and the package databases of the machine.
 * - `machine`: the configuration, the machine and its cloud's metadata service.
 */
export type Enrichment =
  | "container"
  | "container-events"
  | "sandbox"
  | "pod"
  | "pod-object"
  | "pod-owners"
  | "session"
  | "workload"
  | "dns"
  | "identity"
  | "machine";

/** A type of the Elastic Common Schema, as far as documents need it. */
export type EcsType = "text" | "number" | "ip";

/** Properties of a field in addition to its reader. Rows state them; a class of fields may state defaults. */
export interface Roles {
  /** The subject of the field. */
  readonly about?: Topic;
  /** How it identifies the subject: by display name, by id, or as one of several traits. */
  readonly as?: "name" | "id" | "trait";
  /** It is about the target of a request, not its origin. */
  readonly target?: true;
  /** The field with the same value, which takes precedence. */
  readonly restates?: string;
  readonly needs?: Enrichment;
  /**
   * `always`: each alert has another value, so full text search skips it. `often`: the next alert of the same program
   * may have another value. Exceptions use neither.
   */
  readonly changes?: "always" | "often";
  /** Its word column in the journal; a new one requires a schema step in `src/journal/schema.ts`. */
  readonly column?: string;
  /** Aliases in queries. */
  readonly aliases?: readonly string[];
  /** A label of Grafana Loki streams. */
  readonly label?: true;
  /** Its position among the columns of exported tables, from 1. */
  readonly csv?: number;
  /** `append_output` with `suggested_output` adds it to the outputs of rules. */
  readonly suggested?: true;
  /** Each alert that has a value for it includes it, where alerts are joined with Kubernetes audit events. */
  readonly joined?: true;
  /** Its label in the panel of the page about the origin of an alert. */
  readonly title?: string;
  /** Its names in the Elastic Common Schema. */
  readonly ecs?: Readonly<Record<string, EcsType>>;
  /** Its key in the Common Event Format. */
  readonly cef?: string;
  /** Rulesets are indexed by it: by the type of the event, or by the system call. */
  readonly selects?: "event" | "call";
  /** Comparisons with `<NA>` get a warning: rules of other engines use them to test for a missing value. */
  readonly unsafeNa?: true;
  /** Why rules should not use it, although it is supported. */
  readonly deprecated?: string;
  /** Why it never has another value with a live sensor; follows its name in a sentence. Rules that name it get a warning. */
  readonly fixed?: string;
}

/** The names of all roles. */
export const roleNames: readonly (keyof Roles)[] = [
  ...(["about", "as", "target", "restates", "needs", "changes", "column", "aliases"] as const),
  ...([
    "label",
    "csv",
    "suggested",
    "joined",
    "title",
    "ecs",
    "cef",
    "selects",
    "unsafeNa",
    "deprecated",
    "fixed",
  ] as const),
];
