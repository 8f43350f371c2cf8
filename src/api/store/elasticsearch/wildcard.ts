import { plain } from "./dsl.ts";

/** A pattern for `wildcard` queries. */
export interface Wildcard {
  readonly pattern: string;
  /** Whether the pattern is exact. Otherwise, the pattern may match strings that the original does not match. */
  readonly same: boolean;
}

/** Maximum length of a pattern in characters. Longer patterns are too expensive for a server. */
export const LONGEST_PATTERN = 200;

/**
 * Translates a glob pattern of a rule to a `wildcard` pattern. `?` and `[…]` match a byte in rules, but `?` matches a
 * character in `wildcard`. Therefore, `?` becomes `*`, and so does everything from the first `[`.
 */
export function wildcardOfGlob(glob: string, ignoreCase: boolean): Wildcard {
  let pattern = "";
  let same = true;
  const open = (): void => {
    same = false;
    pattern += "*";
  };
  for (let i = 0; i < glob.length; i++) {
    const character = glob.charAt(i);
    if (character === "*") pattern += "*";
    else if (character === "?") open();
    else if (character === "[" || (character === "\\" && i + 1 === glob.length)) {
      open();
      break;
    } else {
      const literal = character === "\\" ? glob.charAt(++i) : character;
      if (ignoreCase && literal > "\u007f") open();
      else pattern += plain(literal);
    }
  }
  return { pattern: pattern.replace(/(?<!\\)\*{2,}/g, "*"), same };
}

/** Translates a case-insensitive string to a `wildcard` pattern, which ignores the case of ASCII letters only. */
export function wildcardOfText(text: string): Wildcard {
  const pattern = plain(text).replace(/[^\0-\u007f]+/g, "*");
  return { pattern, same: !/[^\0-\u007f]/.test(text) };
}
