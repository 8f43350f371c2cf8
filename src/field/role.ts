/**
 * Subjects of fields, from outermost to innermost: environment of the machine, workloads, processes, objects of calls.
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
 * The source of a value that neither the event nor the kernel provides:
 * - `container`: metadata of containers, from the container runtime.
 * - `container-events`: starts and ends of containers, from the container runtime.
 * - `sandbox`: metadata of pods, from the container runtime.
 * - `pod`: metadata of pods, from the container runtime or the API server of Kubernetes.
 * - `pod-object`: metadata of pods, from the API server only.
 * - `pod-owners`: objects related to pods (namespace, owners, services), from the API server.
 * - `session`: users who entered or created pods, from the audit log of Kubernetes.
 * - `workload`: tasks and apps, from Mesos, Marathon and Cloud Foundry or the environment that they set.
 * - `dns`: names of addresses, from DNS responses to watched processes and from a resolver for the names in rules.
 * - `identity`: the content of executables and the package databases of the machine.
 * - `machine`: the configuration, the machine, and the metadata service of its cloud.
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

/** Types of the Elastic Common Schema that documents use. */
export type EcsType = "text" | "number" | "ip";

/**
 * Properties of a field in addition to its reader. They are set in the row of the field or, as defaults, in its field
 * class.
 */
export interface Roles {
  /** The subject of the field. */
  readonly about?: Topic;
  /** How the field identifies its subject: by display name, by ID, or as one of several traits. */
  readonly as?: "name" | "id" | "trait";
  /** Whether the field is about the target of a request rather than its origin. */
  readonly target?: true;
  /** Name of a field that has the same value and takes precedence. */
  readonly restates?: string;
  readonly needs?: Enrichment;
  /**
   * `always`: the value differs in each alert, so full-text search skips it. `often`: the value may differ in the next
   * alert of the same program. Suggested exceptions do not use these fields.
   */
  readonly changes?: "always" | "often";
  /** Name of the field's column in the journal. A new column requires a migration in `src/journal/schema.ts`. */
  readonly column?: string;
  /** Aliases of the field in queries. */
  readonly aliases?: readonly string[];
  /** Whether the field is a label of Grafana Loki streams. */
  readonly label?: true;
  /** Position of the field among the columns of exported tables, from 1. */
  readonly csv?: number;
  /** Whether `append_output` with `suggested_output` adds the field to the outputs of rules. */
  readonly suggested?: true;
  /** Whether alerts include the value of the field if alerts are joined with Kubernetes audit events. */
  readonly joined?: true;
  /** Label of the field on the page of an alert, in the panel about its origin. */
  readonly title?: string;
  /** Names of the field in the Elastic Common Schema. */
  readonly ecs?: Readonly<Record<string, EcsType>>;
  /** Key of the field in the Common Event Format. */
  readonly cef?: string;
  /** The index that comparisons of this field use: by event type or by system call. */
  readonly selects?: "event" | "call";
  /**
   * Whether comparisons with `<NA>` get a warning, because rules of other engines use such comparisons to test for a
   * missing value.
   */
  readonly unsafeNa?: true;
  /** Reason why rules should not use the field. It is still supported. */
  readonly deprecated?: string;
  /**
   * Reason why the field always has the same value with a live sensor; continues a sentence that begins with the
   * field's name. Rules that use the field get a warning.
   */
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
