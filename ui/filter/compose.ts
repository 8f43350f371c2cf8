/** Words that need no quotes on the right of an operator. */
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

/** A comparison that holds for alerts whose field has this value; null: those that lack the field. */
export function comparison(field: string, value: string | null): string {
  if (value === null) return `not ${field} exists`;
  if (BARE.test(value)) return `${field} = ${value}`;
  // A text in quotes can't end with a backslash: the language would take the quote as escaped.
  const whole = value.replace(/\\+$/, "");
  return `${field} ${whole === value ? "=" : "startswith"} ${quoted(whole)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\b\f\n\r\t]/g, (character) => ESCAPED[character] ?? character)}"`;
}

/** A query that asks for this too. */
export function narrowed(query: string, test: string): string {
  const before = query.trim();
  if (before === "") return test;
  if (before === test || before.endsWith(` and ${test}`) || before.startsWith(`${test} and `)) return before;
  return /\bor\b/.test(before) ? `(${before}) and ${test}` : `${before} and ${test}`;
}
