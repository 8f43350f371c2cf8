import { columnFields } from "../field/roles.ts";

/** An indexed column for values that many alerts share. It stores the ID of a row in the table `word`. */
export interface WordColumn {
  /** Name of the column in the alert table. */
  readonly column: string;
  /** Names of the column in queries, beginning with the canonical one. */
  readonly names: readonly string[];
  /** Name of the field in the column; undefined if the column contains a property of the alert. */
  readonly field: string | undefined;
}

/** Properties of alerts, with their names in queries. */
const parts: Readonly<Record<string, readonly string[]>> = {
  rule: ["rule"],
  source: ["source"],
  hostname: ["hostname", "host"],
};

/**
 * The word columns in order. A new column requires a migration in schema.ts, and the property `column` in the
 * definition of its field.
 */
const columns = [
  ...["rule", "source", "hostname", "container_id", "container_name", "namespace", "pod", "cf_app", "cf_space"],
  ...["mesos_task", "marathon_app", "process", "user"],
];

export const wordColumns: readonly WordColumn[] = columns.map((column) => {
  const { field, aliases } = columnFields.get(column) ?? { field: undefined, aliases: [] };
  return { column, names: field === undefined ? (parts[column] ?? []) : [field, ...aliases], field };
});

/**
 * Kinds of rows in the table `word` that belong to no word column: tag lists, single tags, lists of field names,
 * outputs.
 */
export const wordKinds = { tags: "tags", tag: "tag", shape: "shape", output: "output" } as const;
