import * as v from "valibot";
import type { Schema } from "./schema.ts";

/**
 * Validates a value.
 * @param place name of the value for the message
 * @returns the first error, as a phrase that starts with `place`; undefined if the value is valid
 */
export function mistakeIn(schema: Schema, value: unknown, place = "it"): string | undefined {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  return issues && phraseOf(issues[0], place);
}

function phraseOf(issue: v.BaseIssue<unknown>, place: string): string {
  const path = issue.path ?? [];
  const last = path.at(-1);
  if (issue.type === "strict_object" && last?.origin === "key") {
    const object = placeOf(path.slice(0, -1), place);
    const name = String(last.key);
    return issue.expected === "never"
      ? `${object} has the unknown field ${JSON.stringify(name.slice(0, 40))}`
      : `${object} is missing the field ${JSON.stringify(name)}`;
  }
  return `${placeOf(path, place)} ${complaintOf(issue)}`;
}

function placeOf(path: readonly v.IssuePathItem[], place: string): string {
  return path.reduce((text, { type, key }) => text + (type === "array" ? `[${key}]` : `.${key}`), place);
}

function complaintOf({ type, input, requirement, expected, message }: v.BaseIssue<unknown>): string {
  switch (type) {
    case "string":
    case "number":
    case "integer":
    case "boolean":
    case "array":
    case "null":
      return `is not ${type === "array" || type === "integer" ? "an" : "a"} ${type}`;
    case "strict_object":
    case "record":
      return "is not an object";
    case "picklist":
      return typeof input === "string" ? `is not one of ${wordsIn(expected)}` : "is not a string";
    case "max_length":
      return `has more than ${requirement} ${Array.isArray(input) ? "items" : "characters"}`;
    case "min_length":
      return "is too short";
    case "min_value":
      return `is less than ${requirement}`;
    case "max_value":
      return `is more than ${requirement}`;
    case "regex":
      return `does not match ${requirement instanceof RegExp ? requirement.source : requirement}`;
    default:
      return `is invalid: ${message}`;
  }
}

/** Formats Valibot's list of allowed values, such as `("newest" | "oldest")`, as `newest, oldest`. */
function wordsIn(expected: string | null): string {
  return [...(expected ?? "").matchAll(/"([^"]*)"/g)].map(([, word]) => word).join(", ");
}
