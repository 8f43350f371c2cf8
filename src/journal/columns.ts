import { columnFields } from "../field/roles.ts";

/** A value that many alerts share: stored as the number of a word, and indexed. */
export interface WordColumn {
  /** Of the table. */
  readonly column: string;
  /** Its names in queries; the first is its own. */
  readonly names: readonly string[];
  /** The field that it is taken from; undefined: a part of every alert. */
  readonly field: string | undefined;
}

/** Parts of every alert, with what queries call them. */
const parts: Readonly<Record<string, readonly string[]>> = {
  rule: ["rule"],
  source: ["source"],
  hostname: ["hostname", "host"],
};

/** The columns of the table, in its order. One more is a step of schema.ts more, and `column` on the row of the field. */
const columns = [
  ...["rule", "source", "hostname", "container_id", "container_name", "namespace", "pod", "cf_app", "cf_space"],
  ...["mesos_task", "marathon_app", "process", "user"],
];

export const wordColumns: readonly WordColumn[] = columns.map((column) => {
  const { field, aliases } = columnFields.get(column) ?? { field: undefined, aliases: [] };
  return { column, names: field === undefined ? (parts[column] ?? []) : [field, ...aliases], field };
});

/** Words that are no column's: tag lists, single tags, lists of field names, outputs. */
export const wordKinds = { tags: "tags", tag: "tag", shape: "shape", output: "output" } as const;
