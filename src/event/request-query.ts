/** Maximum number of values of a parameter, and of their characters: events have fewer of a command. */
const MAX_VALUES = 4096;
const MAX_CHARACTERS = 8192;

/**
 * Query parameters of a request URI, each with its values in order, as Go's `url.Values` has them, which API servers use: pairs
 * with a semicolon or an invalid escape are left out, and a `#` begins no fragment.
 * @param uri a byte string
 * @param names parameters to read
 */
export function queryParameters(uri: string, names: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, { readonly values: string[]; room: number }>();
  const mark = uri.indexOf("?");
  for (const pair of mark < 0 ? [] : uri.slice(mark + 1).split("&")) {
    const equals = pair.indexOf("=");
    const name = unescaped(spaced(equals < 0 ? pair : pair.slice(0, equals)));
    if (!names.has(name) || pair.includes(";") || /%(?![0-9a-fA-F]{2})/.test(pair)) continue;
    const known = found.get(name) ?? { values: [], room: MAX_CHARACTERS };
    found.set(name, known);
    if (known.values.length === MAX_VALUES || known.room === 0) continue;
    const value = equals < 0 ? "" : unescaped(spaced(pair.slice(equals + 1))).slice(0, known.room);
    known.values.push(value);
    known.room -= value.length;
  }
  return new Map([...found].map(([name, { values }]) => [name, values]));
}

function spaced(text: string): string {
  return text.replaceAll("+", " ");
}

/** Decodes escapes of a part of a URI, byte by byte; invalid ones are unchanged. */
export function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
