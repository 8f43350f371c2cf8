/** Severities as the configuration spells them, most severe first; the index is the severity's number. */
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

/** Other names that are accepted for them. */
export const severityAliases = { info: "informational" } as const;
