/** Bytes that V8 uses for parsed JSON, rounded up from measurements of the largest case of each kind. */
const CONTAINER = 72;
/** A property: its name, its slot, and the hidden class that V8 creates for a new combination of names. */
const PROPERTY = 120;
/** A list item: its slot, a heap number, and the record that `handleInParts` keeps for each part of a body. */
const ITEM = 72;
const TEXT = 24;
/** A line: the record that `handleInParts` keeps for each part of a body. */
const LINE = 64;

/** Depth up to which lists and objects are distinguished. Deeper lists and objects count as lists. */
const KNOWN_DEPTH = 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_END = 0x0a;

/**
 * Upper bound of the heap in bytes for the values of a JSON text. The values of `{},{},…` need 22 times the size of the
 * text. The text may also be one JSON text per line, and may be invalid.
 */
export function parsedSize(text: Uint8Array): number {
  let size = CONTAINER;
  let depth = 0;
  const isObject = new Uint8Array(KNOWN_DEPTH + 1);
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case QUOTE: {
        const end = endOfText(text, i + 1);
        size += TEXT + end - i;
        i = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        size += CONTAINER;
        depth++;
        if (depth <= KNOWN_DEPTH) isObject[depth] = text[i] === 0x7b ? 1 : 0;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        if (depth > 0) depth--;
        break;
      case 0x3a: // :
        size += PROPERTY;
        break;
      case 0x2c: // ,
        if (depth > KNOWN_DEPTH || isObject[depth] === 0) size += ITEM;
        break;
      case LINE_END: // may begin another text
        size += LINE;
        depth = 0;
        break;
    }
  }
  return size;
}

/** Returns the offset of the closing quote; without one, the offset before the newline, or the length of the text. */
function endOfText(bytes: Uint8Array, from: number): number {
  let i = from;
  for (; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) return i;
    if (byte === LINE_END) return i - 1;
    if (byte === BACKSLASH && bytes[i + 1] !== LINE_END) i++;
  }
  return i;
}
