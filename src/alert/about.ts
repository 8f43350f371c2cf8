import { nameFields } from "../field/roles.ts";
import { type Entry, plainValue } from "./entry.ts";

/** The workload or process that an alert is about. */
export interface About {
  readonly field: string;
  readonly value: string;
}

/**
 * Fields that identify the subject of an alert, in order of preference. Outside containers, container fields are not
 * used, because they do not identify a subject.
 */
export const aboutFields: readonly string[] = [
  ...nameFields("app"),
  ...nameFields("task"),
  ...nameFields("container"),
  ...nameFields("process"),
];

/** The workload or process of an alert and of its group. The container name `host` is ignored. */
export function aboutOf({ names, values }: Pick<Entry, "names" | "values">): About | undefined {
  for (const field of aboutFields) {
    const value = plainValue(values[names.indexOf(field)]);
    if (value !== undefined && (field !== "container.name" || value !== "host")) return { field, value };
  }
  return undefined;
}
