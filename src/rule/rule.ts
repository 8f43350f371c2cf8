/** Priorities, most severe first. The index is Falco's number. */
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

/** The priority with this name, ignoring case, or its short form `info`. */
export function parsePriority(text: string): Priority | undefined {
  const name = text.toLowerCase();
  return name === "info" ? "Informational" : priorities.find((priority) => priority.toLowerCase() === name);
}

/** A rule after all appends and overrides. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  /** The condition, including exceptions. Macros are not expanded. */
  readonly condition: string;
  readonly output: string;
  readonly priority: Priority;
  readonly source: string;
  /** Sorted tags without duplicates. */
  readonly tags: readonly string[];
  readonly enabled: boolean;
  /** Whether a match records a capture, and for how many milliseconds (0: the configured default). */
  readonly capture: boolean;
  readonly captureDuration: number;
}
