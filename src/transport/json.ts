// JSON values of unknown shape. Text is UTF-16, as JavaScript has it.

/** An unchecked object. */
export type Facts = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for other values. */
export function factsOf(value: unknown): Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The objects of a list; empty for other values. */
export function listOf(value: unknown): readonly Facts[] {
  return Array.isArray(value) ? value.map(factsOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The texts of an object by key, such as labels. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(factsOf(value)).flatMap(([name, each]) => (typeof each === "string" ? [[name, each]] : [])),
  );
}

/** Parses JSON; undefined if it is not valid. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value under a chain of keys; undefined if there is none. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** The text under a chain of keys; "" if there is none. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  return textOf(at(value, ...keys));
}
