/** The severities that the configuration accepts, most severe first. The index is the number of the severity. */
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

/** Accepted aliases of severities. */
export const severityAliases = { info: "informational" } as const;
