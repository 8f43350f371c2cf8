/** The first value of a key in the query of a URI, decoded; undefined if the key is missing. */
export function queryValue(uri: string, key: string): string | undefined {
  const fragment = uri.indexOf("#");
  const whole = fragment < 0 ? uri : uri.slice(0, fragment);
  const mark = whole.indexOf("?");
  if (mark < 0) return undefined;
  for (const pair of whole.slice(mark + 1).split("&")) {
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    if (pair !== "" && name === key) return decoded(equals < 0 ? "" : pair.slice(equals + 1));
  }
  return undefined;
}

const ESCAPE = /%([0-9a-fA-F]{2})/g;

/** Decodes a string byte by byte. Invalid escapes are unchanged. */
function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  return spaced.includes("%")
    ? spaced.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    : spaced;
}
