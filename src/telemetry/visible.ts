/**
 * Characters that control a terminal or disguise text: control characters, bidirectional marks, zero-width and other
 * formatting characters, line separators, tags, lone surrogates.
 */
const HOSTILE =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{e0000}-\u{e007f}]/gu;

/** Escapes characters that control a terminal or disguise text, for example as `\x1b` or `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(HOSTILE, escaped);
}

/** Like {@link visible}, for text with several lines: keeps line feeds and tabs. */
export function visibleLines(text: string): string {
  return text.replace(HOSTILE, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** Like {@link visible}, for JSON text, whose meaning does not change. Line feeds between values are kept. */
export function visibleJson(json: string): string {
  return json.replace(HOSTILE, (character) => {
    if (character === "\n") return character; // JSON strings contain no line feeds
    let unicode = "";
    for (let i = 0; i < character.length; i++) unicode += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return unicode;
  });
}
