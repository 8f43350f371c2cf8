// Damages texts, with the same result for the same seed: bytes anywhere, or values in JSON.
import type { Random } from "./random.ts";

/** Strings that often cause errors in readers. */
const ODD_TEXTS = [
  "",
  " ",
  "0",
  "null",
  "true",
  "/",
  "~",
  "~1",
  "a/b",
  "..",
  "::",
  "[0]",
  "%",
  "%zz",
  "\0",
  "\n",
  "\x1b[2J",
].concat([
  "\u00e9",
  "\ud800",
  "\ufeff",
  "__proto__",
  "constructor",
  "x".repeat(5000),
  "2026-13-45T99:99:99Z",
  "9999-12-31T23:59:59.999999999Z",
  "0000-01-01T00:00:00+99:99",
  "fe80::1%eth0",
  "300.1.1.1:99999",
  "registry:5000/a@sha256:",
]);

/** Values in the syntax of JSON. */
const ODD_VALUES = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1e999",
  "-1e999",
  "1.5",
  "0.1e-400",
  "9007199254740993",
].concat([
  "123456789012345678901234567890",
  "[]",
  "{}",
  "[null]",
  "[[]]",
  '[""]',
  '{"":null}',
  '{"name":{}}',
  '{"__proto__":{"a":1}}',
  '[1,"a",{},[],null,true]',
  `${"[".repeat(60)}${"]".repeat(60)}`,
  `[${"0,".repeat(2000)}0]`,
  ...ODD_TEXTS.map((text) => JSON.stringify(text)),
]);

/** Returns the positions of the values in a JSON text, which are approximate for invalid texts. */
function valuesIn(text: string): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (const { index, 0: value } of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|-?\d[\d.eE+-]*|true|false|null/g))
    if (!value.endsWith(":")) found.push([index, index + value.length]);
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "{" && text[i] !== "[") continue;
    let depth = 0;
    for (let end = i; end < text.length; end++) {
      if (text[end] === "{" || text[end] === "[") depth++;
      if ((text[end] === "}" || text[end] === "]") && --depth === 0) {
        found.push([i, end + 1]);
        break;
      }
    }
  }
  return found;
}

/** A sample with precomputed data for {@link damage}. */
export interface Sample {
  readonly text: string;
  readonly values: readonly (readonly [number, number])[];
  /** Keys and words in the text. */
  readonly words: readonly string[];
}

export function sampleOf(text: string): Sample {
  return { text, values: valuesIn(text), words: [...new Set(text.match(/[A-Za-z][\w.-]{2,}/g))] };
}

/** Returns a sample with one to four kinds of damage, sometimes with a piece of another sample. */
export function damage(samples: readonly Sample[], random: Random): Uint8Array {
  const sample = one(samples, random);
  let { text } = sample;
  const structured = random.below(10) < 8 && sample.values.length > 0;
  if (structured) {
    // Applied from the end, so that positions stay valid.
    const places = Array.from({ length: 1 + random.below(4) }, () => one(sample.values, random)).sort(
      (a, b) => b[0] - a[0],
    );
    let before = text.length;
    for (const [from, to] of places) {
      if (to > before) continue;
      text = text.slice(0, from) + otherValue(samples, random) + text.slice(to);
      before = from;
    }
  }
  const times = structured ? Number(random.below(8) === 0) : 1 + random.below(4);
  for (let i = 0; i < times; i++) text = damagedText(text, sample, random);
  const bytes = Buffer.from(text, "utf8");
  if (random.below(12) === 0)
    for (let i = random.below(4); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function otherValue(samples: readonly Sample[], random: Random): string {
  if (random.below(3) > 0) return one(ODD_VALUES, random);
  const other = one(samples, random);
  if (other.values.length === 0) return "null";
  const [from, to] = one(other.values, random);
  return other.text.slice(from, to);
}

function damagedText(text: string, { words }: Sample, random: Random): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(40));
  switch (random.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(to);
    case 2:
      return text.slice(0, at) + text.slice(at, to).repeat(2 + random.below(20)) + text.slice(to);
    case 3:
      return text.slice(0, at) + one(ODD_TEXTS, random) + text.slice(at);
    case 4:
      return text.slice(0, at) + String.fromCharCode(random.below(128)) + text.slice(to);
    case 5:
      return words.length === 0 ? text : text.replace(one(words, random), () => one(words, random));
    default:
      return words.length === 0 ? text : text.replaceAll(one(words, random), () => one(ODD_TEXTS, random));
  }
}

function one<T>(list: readonly T[], random: Random): T {
  return list[random.below(list.length)]!;
}
