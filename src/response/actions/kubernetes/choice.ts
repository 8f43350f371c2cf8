import type { Parameter } from "../../action.ts";

/** Creates a parameter for a non-empty list of allowed words. */
export function choicesParameter(about: string, words: readonly string[], fallback: readonly string[]): Parameter {
  return {
    about,
    takes: `a list of ${words.join(", ")}`,
    fallback,
    check(value) {
      if (!Array.isArray(value) || value.length === 0) return undefined;
      const chosen: readonly unknown[] = value;
      return chosen.every((each) => typeof each === "string" && words.includes(each))
        ? [...new Set(chosen)]
        : undefined;
    },
  };
}
