// Characters of plain YAML.

/** Thrown for text that requires the full parser. */
export const NOT_PLAIN = new Error("not plain YAML");

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const APOSTROPHE = 0x27;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const PIPE = 0x7c;
export const GREATER = 0x3e;
export const OPEN_MAP = 0x7b;
export const CLOSE_MAP = 0x7d;

export function isBlank(c: number): boolean {
  return c === SPACE || c === NEWLINE || c === TAB;
}

/** Whether a character after a colon ends a key in a flow collection. */
export function isFlowEnd(c: number): boolean {
  return isBlank(c) || c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP || c === OPEN_LIST || c === OPEN_MAP;
}
