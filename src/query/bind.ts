import { didYouMean } from "../condition/did-you-mean.ts";
import { parsePriority, priorities } from "../rule/rule.ts";
import type { AlertQuery, FieldTest, TestOperator } from "./ast.ts";
import { QueryError } from "./error.ts";
import { fieldsNamed, isPart, suggestedNames } from "./names.ts";
import { numberIn } from "./number.ts";

/** A comparison as written in the query. */
export interface Comparison {
  /** Name including the argument, such as `k8s.pod.label[app]`. */
  readonly name: string;
  readonly operator: string;
  readonly values: readonly string[];
  /** Offsets of the values in the query. */
  readonly places: readonly Place[];
  /** Offset of the start in the query. */
  readonly start: number;
  readonly end: number;
}

/** Offsets of a part of the query: the first character, and the character after the last character. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

const ORDERS: readonly string[] = ["<", "<=", ">", ">="];
const ofPriority: readonly string[] = ["=", "!=", "in", "exists", ...ORDERS];

/** Maps the operators of the query language to the operators of tests. */
const operators: Readonly<Record<string, TestOperator>> = {
  "==": "=",
  "~": "icontains",
  "=": "=",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  contains: "contains",
  icontains: "icontains",
  startswith: "startswith",
  endswith: "endswith",
  glob: "glob",
  iglob: "iglob",
  regex: "regex",
  in: "in",
  intersects: "intersects",
  pmatch: "pmatch",
  exists: "exists",
};

/** All operators, for completion of queries. */
export const queryOperators: readonly string[] = [...Object.keys(operators), "!~"];

/**
 * Resolves a comparison to full field names.
 * @param isField returns whether a field with this name can be compared
 */
export function bind(comparison: Comparison, isField: (name: string) => boolean): AlertQuery {
  const { operator, values, start, end } = comparison;
  if (operator === "!~") return { kind: "not", part: bind({ ...comparison, operator: "~" }, isField) };
  const bound = operators[operator];
  if (bound === undefined) throw new QueryError(`The operator "${operator}" is not supported in queries.`, start, end);
  const [name, ...others] = namesOf(comparison, isField);
  if (others.length > 0) {
    if (operator === "!=") return { kind: "not", part: bind({ ...comparison, operator: "=" }, isField) };
    return join(
      "or",
      [name, ...others].map((each) => bind({ ...comparison, name: each }, isField)),
    );
  }
  const test: FieldTest = { kind: "test", name, operator: bound, values };
  if (name === "priority") checkPriority(comparison);
  else if (ORDERS.includes(operator) && !isPart(name)) checkNumbers(comparison);
  if (name === "id" && bound === "=") return join("or", values.map(idTest));
  if (values.length < 2 || bound === "in" || bound === "intersects" || bound === "pmatch") return test;
  if (bound === "=") return { ...test, operator: "in" };
  if (bound === "!=") return { kind: "not", part: { ...test, operator: "in" } };
  if (operator === "~")
    return join(
      "or",
      values.map((value) => ({ ...test, values: [value] })),
    );
  throw new QueryError(`The operator "${operator}" takes one value.`, start, end);
}

/** Joins conditions with `and` or `or`. Returns a single condition unchanged. */
export function join(kind: "and" | "or", parts: readonly AlertQuery[]): AlertQuery {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind, parts };
}

function namesOf(
  { name: written, start }: Comparison,
  isField: (name: string) => boolean,
): readonly [string, ...(readonly string[])] {
  const [name, ...others] = fieldsNamed(written);
  if (isPart(name) || isField(name)) return [name, ...others.filter(isField)];
  const question = didYouMean(written, suggestedNames);
  throw new QueryError(`No alert has a field "${written}".${question}`, start, start + written.length);
}

function checkPriority(comparison: Comparison): void {
  const { operator, start, end } = comparison;
  if (!ofPriority.includes(operator === "==" ? "=" : operator))
    throw new QueryError(`priority supports =, !=, <, <=, >, >=, in and exists, not ${operator}.`, start, end);
  const known = priorities.join(", ").toLowerCase();
  checkValues(
    comparison,
    (value) => parsePriority(value) !== undefined,
    (value) => `"${value}" is not a priority; the priorities are ${known}.`,
  );
}

function checkNumbers(comparison: Comparison): void {
  checkValues(
    comparison,
    (value) => numberIn(value) !== undefined,
    (value) => `${comparison.operator} compares numbers, and "${value}" is not a number.`,
  );
}

/** @throws QueryError with the place of the first invalid value */
function checkValues(
  { values, places, start, end }: Comparison,
  isValid: (value: string) => boolean,
  messageFor: (value: string) => string,
): void {
  const at = values.findIndex((value) => !isValid(value));
  if (at < 0) return;
  const place = places[at] ?? { start, end };
  throw new QueryError(messageFor(values[at] ?? ""), place.start, place.end);
}

const ID = /^(.{1,8})(.{0,4})(.{0,4})(.{0,4})(.{0,12})$/;

/** Creates a test for an alert ID or its prefix, in upper or lower case, with or without dashes. */
function idTest(value: string): AlertQuery {
  const hex = value.replaceAll("-", "").toLowerCase();
  const groups = /^[0-9a-f]{1,32}$/.test(hex) ? (ID.exec(hex)?.slice(1) ?? []) : [];
  const id = groups.filter((group) => group !== "").join("-");
  return {
    kind: "test",
    name: "id",
    operator: id === "" || hex.length === 32 ? "=" : "startswith",
    values: [id === "" ? value : id],
  };
}
