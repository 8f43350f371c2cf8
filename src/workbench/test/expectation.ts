import type { Location } from "../../rule/location.ts";
import type { Reading } from "../reading.ts";

/** A rule that must match. */
export interface Expectation {
  readonly rule: string;
  readonly place: Location;
  /** Number of matches; undefined: at least one. */
  readonly times: number | undefined;
  /** Expected content of at least one alert of the rule. */
  readonly checks: readonly Check[];
}

/** Rules that must not match. */
export interface Silence {
  /** Whether no rules other than the expected ones may match. */
  readonly all: boolean;
  readonly rules: readonly { readonly rule: string; readonly place: Location }[];
}

/** An expected value in an alert. */
export interface Check {
  /** The checked value: a field, `output`, `priority` or `tags`. */
  readonly subject: string;
  readonly place: Location;
  /** The expected value as text, such as `"sh"` or `a string that contains "x"`. */
  readonly expected: string;
  /** @param text the value; undefined for `<NA>` */
  holds(text: string | undefined): boolean;
}

/** Reads expected rules: `[rule, …]`, `{rule: {field: value, …}, …}`, or a list of both. */
export function readFires(reading: Reading): Expectation[] {
  return reading.items().flatMap((item) => {
    if (item.isScalar) return [{ rule: item.text('"fires"'), place: item.place, times: undefined, checks: [] }];
    return item.entries('"fires"').map(({ key, keyLocation, value }) => readExpectation(key, keyLocation, value));
  });
}

function readExpectation(rule: string, place: Location, reading: Reading): Expectation {
  let times: number | undefined;
  const checks: Check[] = [];
  for (const { key, keyLocation, value } of reading.entries(`The expectation for rule "${rule}"`)) {
    if (key === "times") times = value.integer('"times"');
    else checks.push(...readChecks(key, keyLocation, value));
  }
  return { rule, place, times, checks };
}

const ALL = "all";

export function readSilent(reading: Reading | undefined): Silence {
  if (reading === undefined) return { all: false, rules: [] };
  if (reading.isScalar && (reading.text('"silent"') === ALL || reading.flag === true)) return { all: true, rules: [] };
  return { all: false, rules: reading.items().map((item) => ({ rule: item.text('"silent"'), place: item.place })) };
}

type Holds = (text: string) => boolean;

type CheckKind = "contains" | "startswith" | "endswith" | "not" | "matches";

/** Kinds of checks by key. */
const kinds: Readonly<
  Record<CheckKind, (wanted: string, reading: Reading) => { readonly words: string; readonly holds: Holds }>
> = {
  contains: (wanted) => ({ words: `a string that contains ${quote(wanted)}`, holds: (text) => text.includes(wanted) }),
  startswith: (wanted) => ({
    words: `a string that begins with ${quote(wanted)}`,
    holds: (text) => text.startsWith(wanted),
  }),
  endswith: (wanted) => ({ words: `a string that ends in ${quote(wanted)}`, holds: (text) => text.endsWith(wanted) }),
  not: (wanted) => ({ words: `any value except ${quote(wanted)}`, holds: (text) => text !== wanted }),
  matches: (wanted, reading) => {
    const pattern = expression(wanted, reading);
    return { words: `a string that matches /${wanted}/`, holds: (text) => pattern.test(text) };
  },
};

/** Reads an expected value: a string, or a check such as `{contains: …}`. */
export function readCheck(subject: string, place: Location, reading: Reading): Check[] {
  return readChecks(subject, place, reading);
}

function readChecks(subject: string, place: Location, reading: Reading): Check[] {
  if (reading.isMapping) {
    const keys = reading.keyed(`the expectation for "${subject}"`, Object.keys(kinds));
    return [...keys].flatMap(([kind, value]) => {
      if (!isCheckKind(kind)) return []; // keyed() rejects other kinds
      const { words, holds } = kinds[kind](value.text(`"${kind}"`), value);
      return { subject, place, expected: words, holds: (text) => holds(text ?? "") };
    });
  }
  if (subject === "tags") {
    return reading.texts('"tags"').map((tag) => ({
      subject,
      place,
      expected: `tag ${quote(tag)}`,
      holds: (text) => (text ?? "").split(",").includes(tag),
    }));
  }
  if (reading.isNull) return [{ subject, place, expected: "no value (<NA>)", holds: (text) => text === undefined }];
  const wanted = reading.text(`"${subject}"`);
  if (subject === "output") {
    const [, pattern] = /^\/(.+)\/$/s.exec(wanted) ?? [];
    const { words, holds } = pattern === undefined ? kinds.contains(wanted, reading) : kinds.matches(pattern, reading);
    return [{ subject, place, expected: words, holds: (text) => holds(text ?? "") }];
  }
  if (subject === "priority") {
    const same: Holds = (text) =>
      text.toLowerCase() === wanted.toLowerCase() || (text === "Informational" && wanted.toLowerCase() === "info");
    return [{ subject, place, expected: quote(wanted), holds: (text) => same(text ?? "") }];
  }
  return [{ subject, place, expected: quote(wanted), holds: (text) => text === wanted }];
}

function isCheckKind(key: string): key is CheckKind {
  return Object.hasOwn(kinds, key);
}

function expression(text: string, reading: Reading): RegExp {
  try {
    return new RegExp(text, "su");
  } catch {
    throw reading.fault(`/${text}/ is not a valid regular expression.`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
