/** Maximum number of values of a parameter. */
const MAX_VALUES = 4096;
/** Maximum total length of the values of a parameter, in characters. */
const MAX_CHARACTERS = 8192;
/** Maximum number of pairs. API servers ignore all parameters of a longer query; older API servers read them. */
const MAX_PAIRS = 10_000;

/**
 * Parses query parameters of a request URI in the same way as a Kubernetes API server: pairs with a semicolon or an
 * invalid escape are skipped, `#` does not begin a fragment, and a query with more than 10,000 pairs has no parameters.
 * @param uri a byte string
 * @param names parameters to read
 * @param most maximum number of pairs
 * @returns the values of each parameter in order
 */
export function queryParameters(
  uri: string,
  names: ReadonlySet<string>,
  most = MAX_PAIRS,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, { readonly values: string[]; room: number }>();
  const mark = uri.indexOf("?");
  const pairs = mark < 0 ? [] : uri.slice(mark + 1).split("&");
  if (pairs.length > most) return new Map();
  for (const pair of pairs) {
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

/** Decodes the percent escapes in a part of a URI to bytes. Invalid escapes are unchanged. */
export function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
