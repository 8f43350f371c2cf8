import type { AlertRecord, FieldValue } from "../../alert/record.ts";
import { didYouMean } from "../../condition/did-you-mean.ts";
import { ItemError } from "../../rule/diagnostic.ts";
import { Item } from "../../rule/item.ts";
import { locationOf } from "../../rule/location.ts";
import { type Priority, parsePriority, priorities } from "../../rule/rule.ts";

/** Conditions of a Talon rule. All of them must match. */
export interface TalonMatch {
  /** Rule names. The alert must be raised by one of the rules. */
  readonly rules: readonly string[];
  /** Lists of tests. The alert matches if all tests of at least one list match. */
  readonly outputFields: readonly (readonly FieldTest[])[];
  readonly tags: readonly (readonly string[])[];
  readonly priority: PriorityTest | undefined;
  readonly source: string | undefined;
}

interface FieldTest {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

interface PriorityTest {
  readonly operator: string;
  readonly priority: Priority;
}

export const noMatch: TalonMatch = { rules: [], outputFields: [], tags: [], priority: undefined, source: undefined };

const KEYS = ["rules", "output_fields", "priority", "tags", "source"];
const FIELD = /^\s*([a-z0-9_.[\]]+)\s*(!=|=)\s*(.*?)\s*$/i;

/** @throws ItemError */
export function readTalonMatch(outer: Item): TalonMatch {
  const value = outer.value("match");
  if (value === undefined) throw outer.missing("match");
  if (value.kind !== "mapping") throw outer.error('"match" must be a mapping with rules, priority, tags, …', value);
  const item = new Item(outer.file, value);
  for (const { key } of value.entries)
    if (key.kind !== "scalar" || !KEYS.includes(key.text)) {
      const name = key.kind === "scalar" ? key.text : "";
      throw item.error(`Unknown key "${name}" in "match".${didYouMean(name, KEYS)}`, key);
    }
  return {
    rules: item.has("rules") ? item.texts("rules") : [],
    outputFields: item.has("output_fields") ? item.texts("output_fields").map((text) => fieldTests(text, item)) : [],
    tags: item.has("tags") ? item.texts("tags").map((text) => text.split(",").map((tag) => tag.trim())) : [],
    priority: item.has("priority") ? priorityTest(item) : undefined,
    source: item.optionalText("source"),
  };
}

function fieldTests(text: string, item: Item): FieldTest[] {
  return text.split(",").map((part) => {
    const found = FIELD.exec(part);
    if (found === null) {
      const place = item.locationAt("output_fields");
      throw new ItemError("LOAD_ERR_YAML_VALIDATE", `Invalid output field "${part}": use = or !=`, place);
    }
    const [, field = "", operator, value = ""] = found;
    return { field, equal: operator === "=", value: value.replace(/^(["'])(.*)\1$/, "$2") };
  });
}

function priorityTest(item: Item): PriorityTest {
  const scalar = item.scalar("priority");
  const found = /^\s*(<=|>=|<|>|=)?\s*(\w+)\s*$/.exec(scalar.text);
  const priority = parsePriority(found?.[2] ?? "");
  if (found === null || priority === undefined) {
    const names = priorities.join(", ");
    throw new ItemError(
      "LOAD_ERR_YAML_VALIDATE",
      `Invalid priority "${scalar.text}": use one of ${names}, with an optional <, <=, > or >=.${didYouMean(found?.[2] ?? "", priorities)}`,
      locationOf(item.file, scalar),
    );
  }
  return { operator: found[1] ?? "=", priority };
}

/** Merges two match sections of a rule: lists are concatenated, other values replaced. */
export function mergeMatches(before: TalonMatch, after: TalonMatch): TalonMatch {
  return {
    rules: [...before.rules, ...after.rules],
    outputFields: [...before.outputFields, ...after.outputFields],
    tags: [...before.tags, ...after.tags],
    priority: after.priority ?? before.priority,
    source: after.source ?? before.source,
  };
}

/** Comparison operators for priorities. Lower numbers are more severe, so the comparisons are inverted. */
const compare: Readonly<Record<string, (each: number, wanted: number) => boolean>> = {
  "=": (each, wanted) => each === wanted,
  ">=": (each, wanted) => each <= wanted,
  ">": (each, wanted) => each < wanted,
  "<=": (each, wanted) => each >= wanted,
  "<": (each, wanted) => each > wanted,
};

function isSeverity(named: Priority, { operator, priority }: PriorityTest): boolean {
  const compared = Object.hasOwn(compare, operator) ? compare[operator] : undefined;
  return compared?.(priorities.indexOf(named), priorities.indexOf(priority)) === true;
}

export function talonMatches({ rules, outputFields, tags, priority, source }: TalonMatch, alert: AlertRecord): boolean {
  if (rules.length > 0 && !rules.includes(alert.rule)) return false;
  if (source !== undefined && source !== alert.source) return false;
  if (tags.length > 0 && !tags.some((all) => all.every((tag) => alert.tags.includes(tag)))) return false;
  if (priority !== undefined) {
    const named = parsePriority(alert.priority);
    if (named === undefined || !isSeverity(named, priority)) return false;
  }
  const holds = ({ field, equal, value }: FieldTest): boolean => (printed(alert.fields.get(field)) === value) === equal;
  return outputFields.length === 0 || outputFields.some((all) => all.every(holds));
}

/** Formats a value as text; undefined if there is none. */
function printed(value: FieldValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Formats the match section as a condition for display. */
export function talonText({ rules, outputFields, tags, priority, source }: TalonMatch): string {
  const quote = (text: string): string => JSON.stringify(text);
  const parts: string[] = [];
  if (rules.length > 0) parts.push(`rule in (${rules.map(quote).join(", ")})`);
  if (source !== undefined) parts.push(`source = ${quote(source)}`);
  if (priority !== undefined) parts.push(`priority ${priority.operator} ${priority.priority.toLowerCase()}`);
  if (tags.length > 0)
    parts.push(any(tags.map((all) => all.map((tag) => `tags intersects (${quote(tag)})`).join(" and "))));
  if (outputFields.length > 0)
    parts.push(
      any(
        outputFields.map((all) =>
          all.map(({ field, equal, value }) => `${equal ? "" : "not "}${field} = ${quote(value)}`).join(" and "),
        ),
      ),
    );
  return parts.length === 0 ? "every alert" : parts.join(" and ");
}

function any(tests: readonly string[]): string {
  const all = tests.join(" or ");
  return tests.length === 1 ? all : `(${all})`;
}

export function talonFields({ outputFields }: TalonMatch): ReadonlySet<string> {
  return new Set(outputFields.flatMap((all) => all.map(({ field }) => field)));
}
