import type { Parameter } from "./action.ts";

/** What a parameter may say beyond its kind. */
type Extras = Pick<Parameter, "required" | "fallback" | "secret" | "verbatim">;

/** Text; not empty where it is required. Numbers and truth values are taken as they are written. */
export function text(about: string, extras: Extras = {}): Parameter {
  const check = (value: unknown): string | undefined => {
    const written = asText(value);
    return written === "" && extras.required === true ? undefined : written;
  };
  return { about, takes: "text", ...extras, check };
}

export function flag(about: string, extras: Extras = {}): Parameter {
  const check = (value: unknown): boolean | undefined =>
    value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;
  return { about, takes: "true or false", ...extras, check };
}

/** A whole number in a range, both ends included. */
export function whole(about: string, [least, most]: readonly [number, number], extras: Extras = {}): Parameter {
  const takes =
    most >= Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;
  const check = (value: unknown): number | undefined => {
    const number =
      typeof value === "number"
        ? value
        : typeof value === "string" && /^-?\d+$/.test(value)
          ? Number(value)
          : Number.NaN;
    return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
  };
  return { about, takes, ...extras, check };
}

/** One of some words, as they are written. */
export function word(about: string, words: readonly string[], extras: Extras = {}): Parameter {
  const check = (value: unknown): string | undefined => words.find((one) => one === value);
  return { about, takes: `one of ${words.join(", ")}`, ...extras, check };
}

/** A stretch of time, in milliseconds; a bare number is seconds. */
export function duration(about: string, extras: Extras = {}): Parameter {
  return { about, takes: "a time such as 500ms, 90s, 10m or 1h", ...extras, check: milliseconds };
}

/** A list of text; a single text stands for a list of one. */
export function texts(about: string, extras: Extras = {}): Parameter {
  const check = (value: unknown): readonly string[] | undefined => {
    const items = (Array.isArray(value) ? value : [value]).map(asText);
    return items.every((item) => item !== undefined) ? items : undefined;
  };
  return { about, takes: "a list of text", ...extras, check };
}

/** Names and texts: labels, headers. */
export function dictionary(about: string, extras: Extras = {}): Parameter {
  const check = (value: unknown): Readonly<Record<string, string>> | undefined => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([key, each]) => [key, each === null ? "" : asText(each)] as const);
    const known = entries.flatMap(([key, each]) => (each === undefined ? [] : [[key, each] as const]));
    return known.length === entries.length ? Object.fromEntries(known) : undefined;
  };
  return { about, takes: "names with a text each", ...extras, check };
}

/** An address that begins with http:// or https://. */
export function webAddress(about: string, extras: Extras = {}): Parameter {
  const check = (value: unknown): string | undefined =>
    typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined;
  return { about, takes: "an address that begins with http:// or https://", ...extras, check };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, "": 1000 };

/** `90s`, `10m`, or seconds without a unit, as milliseconds; undefined for everything else. */
export function milliseconds(value: unknown): number | undefined {
  const found = /^(\d+(?:\.\d+)?) *(ms|s|m|h|d|)$/.exec(
    typeof value === "number" ? String(value) : (asText(value) ?? ""),
  );
  return found === null ? undefined : Math.round(Number(found[1]) * UNITS[found[2]]);
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
