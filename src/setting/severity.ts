/** Severities as in the configuration, most severe first; the index is the severity's number. */
export const severities = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
] as const;

export type Severity = (typeof severities)[number];

/** Accepted aliases. */
export const severityAliases = { info: "informational" } as const;
