// Values of JSON whose shape is not known. Text is UTF-16 here, as JavaScript has it.

/** An object, nothing of it checked. */
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

/** A text as JSON; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value under a chain of keys; undefined where there is none. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** The same, where it is text; "" otherwise. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  return textOf(at(value, ...keys));
}
