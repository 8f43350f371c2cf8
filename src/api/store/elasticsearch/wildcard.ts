import { plain } from "./dsl.ts";

/** A pattern of `wildcard`. */
export interface Wildcard {
  readonly pattern: string;
  /** Whether it finds exactly the matches; else it finds more. */
  readonly same: boolean;
}

/** A longer pattern is too much for a server. */
export const LONGEST_PATTERN = 200;

/**
 * A shell's pattern, as rules have it, for `wildcard`. There `?` and `[…]` stand for a byte, here for a character, so that
 * they are left open.
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

/** A text without regard to case, for `wildcard`, which knows the case of ASCII letters alone. */
export function wildcardOfText(text: string): Wildcard {
  const pattern = plain(text).replace(/[^\0-\u007f]+/g, "*");
  return { pattern, same: !/[^\0-\u007f]/.test(text) };
}
