/** Severities in order; the index is the reference's number. */
export const priorities = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"] as const;
export type Priority = (typeof priorities)[number];

/** A rule as loaded: every list and macro still to be resolved in `condition`. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
}
