/** An object as JSON has it, nothing of it checked. */
export type Facts = Readonly<Record<string, unknown>>;

/** The object that a value is; an empty one where it is none. */
export function factsOf(value: unknown): Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The objects of a list. */
export function listOf(value: unknown): readonly Facts[] {
  return Array.isArray(value) ? value.map(factsOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Names and texts, as labels are. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(factsOf(value)).flatMap(([name, each]) => (typeof each === "string" ? [[name, each]] : [])),
  );
}
