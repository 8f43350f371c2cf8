/** A parsed message of the Common Event Format (ArcSight). */
export interface Cef {
  readonly version: string;
  readonly vendor: string;
  readonly product: string;
  readonly productVersion: string;
  /** ID of the event type, assigned by the product. */
  readonly id: string;
  /** Description of the event type. */
  readonly name: string;
  readonly severity: string;
  readonly extension: ReadonlyMap<string, string>;
}

const MARK = "CEF:";
const HEADERS = 7;

/** Returns the index at which a message begins in a line; -1 if there is none. */
export function cefStart(line: string): number {
  const at = line.indexOf(MARK);
  return at === 0 || (at > 0 && line[at - 1] === " ") ? at : -1;
}

/**
 * Parses a message. The header has the escapes `\|` and `\\`; the extension has `\=`, `\\`, `\n` and `\r`. Any other
 * backslash is literal.
 * @returns undefined if the text does not begin with a complete header
 */
export function parseCef(text: string): Cef | undefined {
  if (!text.startsWith(MARK)) return undefined;
  const parts: string[] = [];
  let part = "";
  let at = MARK.length;
  for (; at < text.length && parts.length < HEADERS; at++) {
    const char = text[at];
    if (char === "|") {
      parts.push(part);
      part = "";
    } else if (char === "\\" && (text[at + 1] === "|" || text[at + 1] === "\\")) {
      part += text[++at];
    } else part += char;
  }
  // The severity may be the last part, without a separator after it.
  if (parts.length === HEADERS - 1) parts.push(part);
  if (parts.length < HEADERS) return undefined;
  const [version = "", vendor = "", product = "", productVersion = "", id = "", name = "", severity = ""] = parts.map(
    (each) => each.trim(),
  );
  return { version, vendor, product, productVersion, id, name, severity, extension: parseExtension(text.slice(at)) };
}

const ESCAPE = /\\([=\\nr])/g;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r" };

/** Parses `key=value` pairs. Values may contain spaces, so the last word before a `=` is the next key. */
function parseExtension(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let key = "";
  let valueAt = 0;
  /** Start of the current word, and whether the word may be a key. */
  let wordAt = 0;
  let mayBeKey = true;
  const keep = (end: number): void => {
    if (key === "" || values.has(key)) return;
    const value = text.slice(valueAt, end).trim();
    values.set(
      key,
      value.replace(ESCAPE, (_, char: string) => ESCAPED[char] ?? char),
    );
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === " ") {
      wordAt = at + 1;
      mayBeKey = true;
    } else if (char === "\\") {
      mayBeKey = false;
      at++;
    } else if (char === "=" && mayBeKey && at > wordAt) {
      keep(wordAt);
      key = text.slice(wordAt, at);
      valueAt = at + 1;
      wordAt = at + 1;
    } else if (!isKeyChar(text.charCodeAt(at))) mayBeKey = false;
  }
  keep(text.length);
  return values;
}

/** Whether the character is a letter, a digit or one of `_ . - [ ]`. */
function isKeyChar(code: number): boolean {
  return KEY_CHARS[code] === 1;
}

const KEY_CHARS = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-[]")
  KEY_CHARS[char.charCodeAt(0)] = 1;
