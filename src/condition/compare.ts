import { globPrefix, globTest } from "../event/glob.ts";
import type { Scalar, Value } from "../field/field.ts";
import { networksTest, networkTest } from "./address.ts";
import type { Modifier, Operator } from "./ast.ts";
import { prefixTest, suffixTest } from "./many-texts.ts";
import { pathSetTest } from "./path-set.ts";
import { regexTest } from "./regex.ts";
import { testsMembers, typeClass } from "./types.ts";

/** A comparison of a present value. A missing value matches no comparison, not even `!=`. */
export interface Comparison {
  readonly type: string;
  /** Whether the field's values are arrays. */
  readonly list: boolean;
  /** Whether values may contain NULs. For most operators, a value ends at its first NUL. */
  readonly nuls: boolean;
  readonly operator: Operator;
  readonly modifier: Modifier | undefined;
  /**
   * Values of the type (see `operand.ts`). A single value, except for list operators and modifiers; none for `exists`.
   */
  readonly operands: readonly Scalar[];
}

export type Matcher = (value: Value) => boolean;

/**
 * Creates the test of a comparison.
 * @throws RegexError
 */
export function matcher(comparison: Comparison): Matcher {
  const { list, operator, modifier, operands } = comparison;
  if (operator === "exists") return () => true;
  if (list) return listMatcher(comparison);
  if (modifier !== undefined) return scalar(countMatcher(comparison, modifier));
  if (operator === "in" || operator === "intersects") return scalar(memberMatcher(comparison));
  if (operator === "pmatch") return text(pathSetTest(operands.map(String)));
  return single(comparison, operands[0]!);
}

const never: Matcher = () => false;

/**
 * A list matches `in` if all members are among the operands, `intersects` if at least one member is among the operands,
 * and string operators if at least one member matches.
 */
function listMatcher(comparison: Comparison): Matcher {
  if (testsMembers(comparison.operator, comparison.modifier)) {
    const matches = single(comparison, comparison.operands[0]!);
    return (value) => typeof value === "object" && value.some(matches);
  }
  const member = memberMatcher(comparison);
  if (comparison.operator === "in") return (value) => typeof value === "object" && value.every(member);
  return (value) => typeof value === "object" && value.some(member);
}

function memberMatcher({ type, operands }: Comparison): (value: Scalar) => boolean {
  if (operands.length === 0) return never;
  if (type === "IPNET") {
    const isInside = networksTest(operands.map(String));
    return (value) => typeof value === "string" && isInside(value);
  }
  if (typeClass(type) === "number") {
    const members = new Set(operands.map(plain));
    return (value) => members.has(plain(value));
  }
  const members = new Set(operands);
  return (value) => members.has(value);
}

/** Converts small bigints to numbers, so that values of both types can be compared. */
export function plain(value: Scalar): Scalar {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function countMatcher(comparison: Comparison, modifier: Modifier): (value: Scalar) => boolean {
  if (comparison.operands.length === 0) return never;
  const ofAny = modifier === "anyof" ? anyTextTest(comparison) : undefined;
  if (ofAny !== undefined) return text(ofAny);
  const tests = comparison.operands.map((operand) => single({ ...comparison, modifier: undefined }, operand));
  if (modifier === "anyof") return (value) => tests.some((test) => test(value));
  if (modifier === "allof") return (value) => tests.every((test) => test(value));
  return (value) => {
    let holding = 0;
    for (const test of tests) if (test(value) && ++holding > 1) return false;
    return holding === 1;
  };
}

/** Creates the test of a string with several operands at once; undefined if each operand needs its own test. */
function anyTextTest({ type, nuls, operator, operands }: Comparison): TextTest | undefined {
  if (typeClass(type) !== "text") return undefined;
  const texts = operands.map((operand) => ended(String(operand), nuls));
  switch (operator) {
    case "startswith":
      return ending(nuls, prefixTest(texts));
    case "endswith":
      return ending(nuls, suffixTest(texts));
    case "contains":
      return ending(nuls, (value) => texts.some((piece) => value.includes(piece)));
    case "icontains":
      return ending(nuls, containsAny(texts));
    case "glob": {
      const globs = texts.map((pattern) => globTest(pattern, false));
      const canMatch = prefixTest(texts.map(globPrefix));
      return ending(nuls, (value) => canMatch(value) && globs.some((matches) => matches(value)));
    }
    default:
      return undefined;
  }
}

/** A test of strings that end at their first NUL, if `nuls` is set. */
function ending(nuls: boolean, test: TextTest): TextTest {
  return nuls ? (value) => test(untilNul(value)) : test;
}

function ended(text: string, nuls: boolean): string {
  return nuls ? untilNul(text) : text;
}

/** Creates the test of one value with one operand. */
function single({ type, nuls, operator }: Comparison, operand: Scalar): Matcher {
  if (type === "IPNET") return networkMatcher(operator, String(operand));
  switch (typeClass(type)) {
    case "text":
      return text(textTest(operator, ended(String(operand), nuls), nuls));
    case "bytes":
      return text(bytesTest(operator, String(operand)));
    case "number":
    case "bool":
      return orderMatcher(operator, operand);
    default:
      return operator === "=" ? (value) => value === operand : (value) => value !== operand;
  }
}

function networkMatcher(operator: Operator, network: string): Matcher {
  const inside = networkTest(network);
  if (operator === "!=") return (value) => typeof value === "string" && !inside(value);
  return (value) => typeof value === "string" && inside(value);
}

/** Numbers and bigints compare by value; booleans as 0 and 1. */
function orderMatcher(operator: Operator, operand: Scalar): Matcher {
  switch (operator) {
    case "=":
      // biome-ignore lint/suspicious/noDoubleEquals: 5n is 5
      return (value) => value == operand;
    case "!=":
      // biome-ignore lint/suspicious/noDoubleEquals: 5n is 5
      return (value) => value != operand;
    case "<":
      return scalar((value) => value < operand);
    case "<=":
      return scalar((value) => value <= operand);
    case ">":
      return scalar((value) => value > operand);
    default:
      return scalar((value) => value >= operand);
  }
}

type TextTest = (value: string) => boolean;

/** Creates the test of a string. A regular expression is always compared with the whole string. */
function textTest(operator: Operator, operand: string, nuls: boolean): TextTest {
  switch (operator) {
    case "=":
      return ending(nuls, (value) => value === operand);
    case "!=":
      return ending(nuls, (value) => value !== operand);
    case "<":
      return ending(nuls, (value) => value < operand);
    case "<=":
      return ending(nuls, (value) => value <= operand);
    case ">":
      return ending(nuls, (value) => value > operand);
    case ">=":
      return ending(nuls, (value) => value >= operand);
    case "contains":
      return ending(nuls, (value) => value.includes(operand));
    case "icontains":
      return ending(nuls, containsAny([operand]));
    case "startswith":
      return ending(nuls, (value) => value.startsWith(operand));
    case "endswith":
      return ending(nuls, (value) => value.endsWith(operand));
    case "glob":
    case "iglob":
      return ending(nuls, globTest(operand, operator === "iglob"));
    default:
      return regexTest(operand);
  }
}

/**
 * Returns a function that tests whether a string contains one of several substrings, ignoring the case of ASCII
 * letters.
 */
function containsAny(pieces: readonly string[]): TextTest {
  const lower = pieces.map(asciiLower);
  // The built-in function also converts other letters, but never to ASCII letters.
  const fold = lower.every(isAscii) ? (value: string) => value.toLowerCase() : asciiLower;
  if (lower.length === 1) return (value) => fold(value).includes(lower[0]!);
  return (value) => {
    const folded = fold(value);
    return lower.some((piece) => folded.includes(piece));
  };
}

function bytesTest(operator: Operator, operand: string): TextTest {
  switch (operator) {
    case "=":
      return (value) => value === operand;
    case "!=":
      return (value) => value !== operand;
    case "endswith":
      return (value) => value.endsWith(operand);
    case "startswith":
    case "bstartswith":
      return (value) => value.startsWith(operand);
    default:
      return (value) => value.includes(operand);
  }
}

/** Converts a test of strings to a test of any value. Other types never match. */
function text(test: TextTest): Matcher {
  return (value) => typeof value === "string" && test(value);
}

function scalar(test: (value: Scalar) => boolean): Matcher {
  return (value) => typeof value !== "object" && test(value);
}

/** A string up to its first NUL. */
export function untilNul(value: string): string {
  const end = value.indexOf("\0");
  return end < 0 ? value : value.slice(0, end);
}

/** Converts A–Z to a–z and leaves all other bytes unchanged. */
export function asciiLower(value: string): string {
  return mapCase(value, 65, 90, 32);
}

/** Converts a–z to A–Z and leaves all other bytes unchanged. */
export function asciiUpper(value: string): string {
  return mapCase(value, 97, 122, -32);
}

function mapCase(value: string, from: number, to: number, by: number): string {
  if (isAscii(value)) return by > 0 ? value.toLowerCase() : value.toUpperCase();
  let mapped = "";
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    mapped += String.fromCharCode(code >= from && code <= to ? code + by : code);
  }
  return mapped;
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false;
  return true;
}

/** Compares two values of a type. If the right value is a list, its members are the operands. */
export function comparePair(comparison: Comparison, left: Value, right: Value): boolean {
  const operands = typeof right === "object" ? right : [right];
  return matcher({ ...comparison, operands })(left);
}
