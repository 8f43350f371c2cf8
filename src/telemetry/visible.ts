/**
 * What a terminal would obey instead of show, or what makes text look like another one: control characters, the marks
 * that turn the direction of writing, characters without width, line separators, tags, halves of pairs.
 */
const HOSTILE =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{e0000}-\u{e007f}]/gu;

/** A text that came from a machine, safe to show: every hostile character as `\x1b` or `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(HOSTILE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** JSON text that says the same and is safe to show. */
export function visibleJson(json: string): string {
  return json.replace(HOSTILE, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++) escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}
