// What a server answers, as far as it is looked at. Numbers that JavaScript can't hold exactly stay as they were written.

export type Fields = Readonly<Record<string, unknown>>;

/** `JSON.parse` and `JSON.rawJSON` as they are today: the reviver also gets the text that a value was written as. */
const parseJson: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => unknown = JSON.parse;
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** Reads JSON so that writing it again gives every number as it was. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return parseJson(text, (_, value, context) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? rawJSON(context.source)
      : value,
  );
}

/** What is found on a way of names; undefined where the way ends before. */
export function at(value: unknown, ...way: readonly string[]): unknown {
  let found = value;
  for (const name of way) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Fields)[name]; // an object, as was looked
  }
  return found;
}

export function textAt(value: unknown, ...way: readonly string[]): string {
  const found = at(value, ...way);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: unknown, ...way: readonly string[]): number {
  const found = at(value, ...way);
  return typeof found === "number" ? found : 0;
}

export function listAt(value: unknown, ...way: readonly string[]): readonly unknown[] {
  const found = at(value, ...way);
  return Array.isArray(found) ? found : [];
}
