/** Severities in order; the index is the reference's number. */
export const priorities = [
  "Emergency",
  "Alert",
  "Critical",
  "Error",
  "Warning",
  "Notice",
  "Informational",
  "Debug",
] as const;
export type Priority = (typeof priorities)[number];

/** The severity with this name, in whatever case, also by its short form `info`. */
export function parsePriority(text: string): Priority | undefined {
  const name = text.toLowerCase();
  return name === "info" ? "Informational" : priorities.find((priority) => priority.toLowerCase() === name);
}

/** A rule as its files state it, everything that was appended and replaced included. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  /** Macros are still names in it; exceptions are part of it. */
  readonly condition: string;
  readonly output: string;
  readonly priority: Priority;
  readonly source: string;
  /** Sorted, each once. */
  readonly tags: readonly string[];
  readonly enabled: boolean;
  /** A capture is to be recorded when it matches; for so many milliseconds (0: the configured default). */
  readonly capture: boolean;
  readonly captureDuration: number;
}
