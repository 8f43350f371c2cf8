// JSON values of unknown shape. Strings are UTF-16, as in JavaScript.

/** A JSON object whose values are not validated. */
export type Facts = Readonly<Record<string, unknown>>;

/** Returns a shallow copy of the value if it is a JSON object, otherwise an empty object. */
export function factsOf(value: unknown): Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Returns the elements of a list, each converted with {@link factsOf}; empty for other values. */
export function listOf(value: unknown): readonly Facts[] {
  return Array.isArray(value) ? value.map(factsOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Returns the string values of an object by key, for example labels. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(factsOf(value)).flatMap(([name, each]) => (typeof each === "string" ? [[name, each]] : [])),
  );
}

/** Parses JSON; undefined if the text is invalid. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the value at a path of keys; undefined if there is none. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** Returns the string at a path of keys; empty if there is none. */
export function textAt(value: unknown, ...keys: readonly string[]): string {
  return textOf(at(value, ...keys));
}
