import { columnFields } from "../field/roles.ts";

/** A column whose values many alerts share: indexed, stored as the ID of a word. */
export interface WordColumn {
  /** Name of the column in the table. */
  readonly column: string;
  /** Its names in queries, the canonical one first. */
  readonly names: readonly string[];
  /** The field with the value; undefined for an alert property. */
  readonly field: string | undefined;
}

/** Alert properties with their names in queries. */
const parts: Readonly<Record<string, readonly string[]>> = {
  rule: ["rule"],
  source: ["source"],
  hostname: ["hostname", "host"],
};

/** The columns in order. A new column requires a migration in schema.ts and `column` in the row of its field. */
const columns = [
  ...["rule", "source", "hostname", "container_id", "container_name", "namespace", "pod", "cf_app", "cf_space"],
  ...["mesos_task", "marathon_app", "process", "user"],
];

export const wordColumns: readonly WordColumn[] = columns.map((column) => {
  const { field, aliases } = columnFields.get(column) ?? { field: undefined, aliases: [] };
  return { column, names: field === undefined ? (parts[column] ?? []) : [field, ...aliases], field };
});

/** Kinds of words without a column: tag lists, single tags, lists of field names, outputs. */
export const wordKinds = { tags: "tags", tag: "tag", shape: "shape", output: "output" } as const;
