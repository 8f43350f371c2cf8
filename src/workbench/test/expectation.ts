import type { Location } from "../../rule/location.ts";
import type { Reading } from "../reading.ts";

/** A rule that has to fire. */
export interface Expectation {
  readonly rule: string;
  readonly place: Location;
  /** How often; undefined: at least once. */
  readonly times: number | undefined;
  /** What one of its alerts has to say. */
  readonly checks: readonly Check[];
}

/** Which rules must not fire. */
export interface Silence {
  /** All that are not expected to fire, but for those that are switched off. */
  readonly all: boolean;
  readonly rules: readonly { readonly rule: string; readonly place: Location }[];
}

/** Something that an alert has to say. */
export interface Check {
  /** A field, `output`, `priority` or `tags`. */
  readonly subject: string;
  readonly place: Location;
  /** What is expected, in words: `"sh"`, `text that contains "x"`. */
  readonly expected: string;
  /** @param text undefined where there is nothing, `<NA>` */
  holds(text: string | undefined): boolean;
}

/** `[rule, …]`, or `{rule: {field: value, …}, …}`, or a list that mixes them. */
export function readFires(reading: Reading): Expectation[] {
  return reading.items().flatMap((item) => {
    if (item.isScalar) return [{ rule: item.text('"fires"'), place: item.place, times: undefined, checks: [] }];
    return item.entries('"fires"').map(({ key, keyPlace, value }) => readExpectation(key, keyPlace, value));
  });
}

function readExpectation(rule: string, place: Location, reading: Reading): Expectation {
  let times: number | undefined;
  const checks: Check[] = [];
  for (const { key, keyPlace, value } of reading.entries(`What rule "${rule}" has to say`)) {
    if (key === "times") times = value.integer('"times"');
    else checks.push(...readChecks(key, keyPlace, value));
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

/** Ways to say what a text has to be like, by their keys. */
const ways: Readonly<
  Record<string, (wanted: string, reading: Reading) => { readonly words: string; readonly holds: Holds }>
> = {
  contains: (wanted) => ({ words: `a text with ${quote(wanted)} in it`, holds: (text) => text.includes(wanted) }),
  startswith: (wanted) => ({
    words: `a text that begins with ${quote(wanted)}`,
    holds: (text) => text.startsWith(wanted),
  }),
  endswith: (wanted) => ({ words: `a text that ends in ${quote(wanted)}`, holds: (text) => text.endsWith(wanted) }),
  not: (wanted) => ({ words: `anything but ${quote(wanted)}`, holds: (text) => text !== wanted }),
  matches: (wanted, reading) => {
    const pattern = expression(wanted, reading);
    return { words: `a text that matches /${wanted}/`, holds: (text) => pattern.test(text) };
  },
};

/** What a text has to be: itself, or `{contains: …}` and its like. */
export function readCheck(subject: string, place: Location, reading: Reading): Check[] {
  return readChecks(subject, place, reading);
}

function readChecks(subject: string, place: Location, reading: Reading): Check[] {
  if (reading.isMapping) {
    const keys = reading.keyed(`What "${subject}" has to be`, Object.keys(ways));
    return [...keys].map(([way, value]) => {
      const { words, holds } = ways[way](value.text(`"${way}"`), value);
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
  if (reading.isNull) return [{ subject, place, expected: "nothing (<NA>)", holds: (text) => text === undefined }];
  const wanted = reading.text(`"${subject}"`);
  if (subject === "output") {
    const slashes = /^\/(.+)\/$/s.exec(wanted);
    const { words, holds } = slashes === null ? ways.contains(wanted, reading) : ways.matches(slashes[1], reading);
    return [{ subject, place, expected: words, holds: (text) => holds(text ?? "") }];
  }
  if (subject === "priority") {
    const same: Holds = (text) =>
      text.toLowerCase() === wanted.toLowerCase() || (text === "Informational" && wanted.toLowerCase() === "info");
    return [{ subject, place, expected: quote(wanted), holds: (text) => same(text ?? "") }];
  }
  return [{ subject, place, expected: quote(wanted), holds: (text) => text === wanted }];
}

function expression(text: string, reading: Reading): RegExp {
  try {
    return new RegExp(text, "su");
  } catch {
    throw reading.fault(`/${text}/ is no regular expression.`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
