/** Type of `JSON.rawJSON`, which TypeScript lacks: an object that `JSON.stringify` writes as the given text. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

/**
 * Converts a number that JavaScript may not represent exactly.
 * @param written the number as written in the JSON text
 * @returns undefined to use the JavaScript number
 */
export type ConvertNumber = (written: string) => unknown;

/** Keeps the text of a number that `JSON.stringify` would write differently, as an object of `JSON.rawJSON`. */
export function keepWritten(written: string): unknown {
  return String(Number(written)) === written ? undefined : rawJSON(written);
}

/**
 * Returns an integer that is not a safe integer as a bigint. Longer integers are JavaScript numbers, since converting a
 * bigint with a million digits takes seconds.
 */
export function wholeAsBigInt(written: string): bigint | undefined {
  if (written.length > MOST_DIGITS || !WHOLE.test(written)) return undefined;
  return Number.isSafeInteger(Number(written)) ? undefined : BigInt(written);
}

/** Keeps the text of an integer that is not a safe integer, as a string. */
export function wholeAsText(written: string): string | undefined {
  const value = Number(written);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? written : undefined;
}

const MOST_DIGITS = 1000;
const WHOLE = /^-?\d+$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Marks strings that represent a number. The mark is random, so that a text cannot contain it, and created at the first
 * use, since Node.js takes 10 ms to load its source of random numbers.
 */
let mark = "";

function randomMark(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("-");
}

/** Number of parts of the text that are joined into a chunk, since a part takes more memory than its characters. */
const PARTS = 4096;
/** Numbers with fewer digits than this, and without a fraction or an exponent, are exact. */
const LONG = 16;

/**
 * Parses JSON like `JSON.parse`, but converts numbers that may not be exact. A reviver would take 20 times as long,
 * since V8 then records the source of each value.
 * @throws SyntaxError
 */
export function parseExact(text: string, convert: ConvertNumber): unknown {
  const marked = markNumbers(text, convert);
  if (marked === undefined) return JSON.parse(text);
  let value: unknown;
  try {
    value = JSON.parse(marked);
  } catch {
    return JSON.parse(text); // throws the error with the position in the original text
  }
  return restoreNumbers(value, convert);
}

/**
 * Replaces each number that is converted with a string: the mark and the number.
 * @returns undefined if no number is converted
 */
function markNumbers(text: string, convert: ConvertNumber): string | undefined {
  const chunks: string[] = [];
  let parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i + 1);
      continue;
    }
    if (code !== 0x2d && (code < 0x30 || code > 0x39)) continue;
    const end = endOfNumber(text, i);
    if (mayBeInexact(text, i, end) && isConverted(text, i, end, convert)) {
      mark ||= randomMark();
      parts.push(text.slice(copied, i), `"${mark}`, text.slice(i, end), '"');
      copied = end;
      if (parts.length >= PARTS) {
        chunks.push(parts.join(""));
        parts = [];
      }
    }
    i = end - 1;
  }
  return copied === 0 ? undefined : `${chunks.join("")}${parts.join("")}${text.slice(copied)}`;
}

function isConverted(text: string, from: number, end: number, convert: ConvertNumber): boolean {
  const written = text.slice(from, end);
  return NUMBER.test(written) && !isKey(text, end) && convert(written) !== undefined;
}

/** Returns the offset of the closing quote, or the length of the text. */
function endOfString(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i;
    if (code === 0x5c) i++;
  }
  return i;
}

/** Returns the offset after the characters that a number can consist of. */
function endOfNumber(text: string, from: number): number {
  let i = from + 1;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isPart = (code >= 0x30 && code <= 0x39) || code === 0x2e || (code | 0x20) === 0x65 || code === 0x2b;
    if (!isPart && code !== 0x2d) return i;
  }
  return i;
}

function mayBeInexact(text: string, from: number, end: number): boolean {
  if (end - from >= LONG) return true;
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e || (code | 0x20) === 0x65) return true;
  }
  return text.charCodeAt(from) === 0x2d && text.charCodeAt(from + 1) === 0x30;
}

/** Whether a colon follows the number. A number is not a valid key, unlike the string that would replace it. */
function isKey(text: string, from: number): boolean {
  let i = from;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === 0x3a;
}

/** Replaces marked strings with numbers. Not recursive, since a text can nest a million levels. */
function restoreNumbers(root: unknown, convert: ConvertNumber): unknown {
  const open: object[] = [];
  const restored = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null) open.push(value);
    return typeof value === "string" && value.startsWith(mark) ? convert(value.slice(mark.length)) : value;
  };
  const whole = restored(root);
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    if (Array.isArray(top)) for (let i = 0; i < top.length; i++) top[i] = restored(top[i]);
    else {
      // JSON.parse created the object, so all its properties are its own and writable, including "__proto__".
      const properties = top as Record<string, unknown>;
      for (const key in properties) {
        const value = properties[key];
        const number = restored(value);
        if (number !== value) properties[key] = number;
      }
    }
  }
  return whole;
}
