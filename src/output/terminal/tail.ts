/** An output of a rule, split into its sentence and the values that follow it. */
export interface SplitMessage {
  readonly sentence: string;
  /** Values as `key=value`, without the separator or parentheses around them; empty if there are none. */
  readonly tail: string;
}

/** Separates the sentence from the values in the outputs of Falco's and Eyas's rules. */
const SEPARATOR = " | ";
/** Matches the beginning of values: `key=`. */
const KEY = /^[A-Za-z_][\w.[\]]*=/;

/**
 * Splits `sentence | key=value …` and `sentence (key=value …)`. Values are untrusted and can contain these separators,
 * so the last separator is used. Text before it remains in the sentence, even if it contains other separators.
 */
export function splitMessage(message: string): SplitMessage {
  for (let at = message.lastIndexOf(SEPARATOR); at > 0; at = message.lastIndexOf(SEPARATOR, at - 1)) {
    const tail = message.slice(at + SEPARATOR.length);
    if (KEY.test(tail)) return { sentence: message.slice(0, at), tail };
  }
  if (message.endsWith(")"))
    for (let at = message.lastIndexOf(" ("); at > 0; at = message.lastIndexOf(" (", at - 1)) {
      const tail = message.slice(at + 2, -1);
      if (KEY.test(tail)) return { sentence: message.slice(0, at), tail };
    }
  return { sentence: message, tail: "" };
}

/**
 * Removes `key=value` from a tail if the value is missing, or if it is shown elsewhere.
 * @param shown values that are shown elsewhere
 */
export function shortTail(tail: string, shown: ReadonlySet<string>): string {
  return tail
    .split(" ")
    .filter((token, i, tokens) => {
      const equals = token.indexOf("=");
      if (equals < 0 || !KEY.test(token)) return true;
      // The value ends here only if the next word begins another value.
      const next = tokens[i + 1];
      if (next !== undefined && !KEY.test(next)) return true;
      const value = token.slice(equals + 1);
      return value !== "<NA>" && value !== "" && !shown.has(value);
    })
    .join(" ");
}
