import type { ActionRequest, Parameter } from "./action.ts";

// Functions that create parameters and read their values. Booleans and numbers can also be given as strings.

type Given = ActionRequest["parameters"];

export function textParameter(about: string, options: { fallback?: string; required?: true } = {}): Parameter {
  return {
    about,
    takes: "a string",
    ...options,
    check: (value) => (typeof value === "string" && value !== "" && !value.includes("\0") ? value : undefined),
  };
}

/**
 * Creates a boolean parameter.
 * @param fallback undefined if the default depends on the target
 */
export function flagParameter(about: string, fallback: boolean | undefined): Parameter {
  const values = new Map<unknown, boolean>([
    [true, true],
    [false, false],
    ["true", true],
    ["false", false],
  ]);
  return {
    about,
    takes: "true or false",
    ...(fallback !== undefined && { fallback }),
    check: (value) => values.get(value),
  };
}

/** Creates a parameter that accepts one of several words. */
export function choiceParameter(about: string, words: readonly string[], fallback: string): Parameter {
  return {
    about,
    takes: words.map((word) => `\`${word}\``).join(", "),
    fallback,
    check: (value) => words.find((word) => word === value),
  };
}

/** Creates an integer parameter with inclusive bounds. */
export function numberParameter(
  about: string,
  fallback: number | undefined,
  [least, most]: readonly [number, number],
): Parameter {
  return {
    about,
    takes: `an integer from ${least} to ${most}`,
    ...(fallback !== undefined && { fallback }),
    check(value) {
      const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

export function textsParameter(about: string, fallback: readonly string[]): Parameter {
  return {
    about,
    takes: "a list of strings",
    fallback,
    check(value) {
      const isList = Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes("\0"));
      return isList ? value : undefined;
    },
  };
}

/** Returns a validated text parameter; empty if it is not set. */
export function textIn(given: Given, name: string): string {
  const value = given[name];
  return typeof value === "string" ? value : "";
}

export function flagIn(given: Given, name: string): boolean {
  return given[name] === true;
}

/** Returns a validated number parameter. The parameter must have a default. */
export function numberIn(given: Given, name: string): number {
  const value = given[name];
  return typeof value === "number" ? value : Number.NaN;
}

export function textsIn(given: Given, name: string): readonly string[] {
  const value = given[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** Adds the defaults of parameters that are not set. For callers that run actions without a rule. */
export function withFallbacks(parameters: Readonly<Record<string, Parameter>>, given: Given): Given {
  const fallbacks = Object.entries(parameters).map(([name, { fallback }]) => [name, fallback]);
  return { ...Object.fromEntries(fallbacks.filter(([, fallback]) => fallback !== undefined)), ...given };
}
