/** Matches values that need no quotes. */
const BARE = /^[A-Za-z0-9_./:\\-]+$/;
const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Returns a condition that selects alerts with this field value; null selects alerts without the field. */
export function comparison(field: string, value: string | null): string {
  if (value === null) return `not ${field} exists`;
  if (BARE.test(value)) return `${field} = ${value}`;
  // A quoted value cannot end with a backslash, since the parser would treat the closing quote as escaped.
  // The loop is linear in the length of the value, which an attacker may choose.
  let end = value.length;
  while (value[end - 1] === "\\") end--;
  const whole = value.slice(0, end);
  return `${field} ${whole === value ? "=" : "startswith"} ${quoted(whole)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\b\f\n\r\t]/g, (character) => ESCAPED[character] ?? character)}"`;
}

/** Adds a condition to a query, unless the query begins or ends with it. */
export function narrowed(query: string, condition: string): string {
  const current = query.trim();
  if (current === "" || current === condition) return condition;
  if (current.endsWith(` and ${condition}`) || current.startsWith(`${condition} and `)) return current;
  return /\bor\b/.test(current) ? `(${current}) and ${condition}` : `${current} and ${condition}`;
}
