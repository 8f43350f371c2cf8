/** What most alerts share with many others, and people look for: kept as the number of a word, and found by it at once. */
export interface WordColumn {
  /** Of the table. */
  readonly column: string;
  /** What queries call it; the first is its own name. */
  readonly names: readonly string[];
  /** The field that it is taken from; undefined: a part of every alert. */
  readonly field: string | undefined;
}

export const wordColumns: readonly WordColumn[] = [
  { column: "rule", names: ["rule"], field: undefined },
  { column: "source", names: ["source"], field: undefined },
  { column: "hostname", names: ["hostname", "host"], field: undefined },
  { column: "container_id", names: ["container.id"], field: "container.id" },
  { column: "container_name", names: ["container.name", "container"], field: "container.name" },
  { column: "namespace", names: ["k8s.ns.name", "ns", "namespace"], field: "k8s.ns.name" },
  { column: "pod", names: ["k8s.pod.name", "pod"], field: "k8s.pod.name" },
  { column: "cf_app", names: ["cf.app.name", "app"], field: "cf.app.name" },
  { column: "cf_space", names: ["cf.space.name", "space"], field: "cf.space.name" },
  { column: "mesos_task", names: ["mesos.task.name", "task"], field: "mesos.task.name" },
  { column: "marathon_app", names: ["marathon.app.id", "marathon"], field: "marathon.app.id" },
  { column: "process", names: ["proc.name", "proc"], field: "proc.name" },
  { column: "user", names: ["user.name", "user"], field: "user.name" },
];

/** Short names of fields that are no columns. */
export const fieldAliases: Readonly<Record<string, string>> = {
  pid: "proc.pid",
  file: "fd.name",
  cmdline: "proc.cmdline",
  parent: "proc.pname",
  image: "container.image.repository",
  ip: "fd.rip",
};

/** Fields whose value is another one in each alert: in full text they would be ballast. */
export function isUnsearched(field: string): boolean {
  return field.startsWith("evt.time") || field.startsWith("evt.rawtime") || field === "evt.num";
}

/** Words that are no column's: tag lists, single tags, lists of field names, outputs. */
export const wordKinds = { tags: "tags", tag: "tag", shape: "shape", output: "output" } as const;
