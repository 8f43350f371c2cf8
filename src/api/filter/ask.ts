import type { Condition, Literal, Span, Test } from "../../condition/ast.ts";
import { didYouMean } from "../../condition/did-you-mean.ts";
import { findField } from "../../field/catalogue.ts";
import { fieldAliases } from "../../field/roles.ts";
import { wordColumns } from "../../journal/columns.ts";
import { parsePriority } from "../../rule/rule.ts";

/** What is asked of alerts: a condition of the rule language, with the names that alerts have. Immutable. */
export type Ask =
  | { readonly kind: "and" | "or"; readonly parts: readonly Ask[] }
  | { readonly kind: "not"; readonly part: Ask }
  | AskTest;

export interface AskTest {
  readonly kind: "test";
  /** A part of every alert (`rule`, `priority`, …), or a field as alerts name it. */
  readonly name: string;
  readonly operator: AskOperator;
  /** Any of them; none for `exists`. */
  readonly values: readonly string[];
}

export const askOperators = ["=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith"].concat(
  ["glob", "iglob", "regex", "in", "intersects", "pmatch", "exists"],
);
export type AskOperator = Test["operator"];

/** What every alert has beside its fields, and what else it is called. */
const parts: Readonly<Record<string, string>> = {
  rule: "rule",
  priority: "priority",
  source: "source",
  hostname: "hostname",
  host: "hostname",
  tags: "tags",
  tag: "tags",
  output: "output",
  message: "output",
  uuid: "id",
  id: "id",
};

/** A condition that says nothing of alerts. The message is one sentence for the user. */
export class AskError extends Error {
  readonly place: Span;

  constructor(message: string, place: Span) {
    super(message);
    this.name = "AskError";
    this.place = place;
  }
}

/**
 * Reads what a condition asks of alerts.
 * @param isField whether alerts are known to have a field that the catalogue lacks
 * @throws AskError
 */
export function askOf(condition: Condition, isField: (name: string) => boolean = () => false): Ask {
  if (condition.kind === "macro")
    throw new AskError(
      `"${condition.name}" is a macro of rules; alerts are asked for fields: rule, priority, proc.name, …`,
      condition.place,
    );
  if (condition.kind === "not") return { kind: "not", part: askOf(condition.operand, isField) };
  if (condition.kind === "test") return testOf(condition, isField);
  return { kind: condition.kind, parts: condition.operands.map((each) => askOf(each, isField)) };
}

function testOf({ left, operator, modifier, right, place }: Test, isField: (name: string) => boolean): AskTest {
  if (left.kind !== "field") throw new AskError("Transformers change nothing of alerts: compare a field.", left.place);
  if (modifier !== undefined) throw new AskError(`"${operator} ${modifier}" can't be asked of alerts.`, place);
  if (!askOperators.includes(operator)) throw new AskError(`"${operator}" can't be asked of alerts.`, place);
  const name = nameOf(left.argument === undefined ? left.name : `${left.name}[${left.argument}]`, isField, left.place);
  const values = right === undefined ? [] : valuesOf(right).map(({ text }) => text);
  const test: AskTest = { kind: "test", name, operator, values };
  if (name === "priority") checkPriority(test, place);
  return test;
}

function nameOf(written: string, isField: (name: string) => boolean, place: Span): string {
  if (Object.hasOwn(parts, written)) return parts[written];
  const column = wordColumns.find(({ names }) => names.includes(written));
  if (column !== undefined) return column.names[0];
  const name = Object.hasOwn(fieldAliases, written) ? fieldAliases[written] : written;
  const argument = /^([^[]+)\[(.*)\]$/.exec(name);
  if (isField(name) || findField(argument?.[1] ?? name, argument?.[2]) !== undefined) return name;
  const near = didYouMean(written, [...Object.keys(parts), ...wordColumns.flatMap(({ names }) => names)]);
  throw new AskError(`No alert has a field "${written}".${near === "" ? "" : ` ${near.trim()}`}`, place);
}

function valuesOf(right: NonNullable<Test["right"]>): readonly Literal[] {
  if (right.kind === "literal") return [right];
  if (right.kind === "list") return right.items;
  throw new AskError("A field is compared with values here.", right.place);
}

function checkPriority({ operator, values }: AskTest, place: Span): void {
  if (!["=", "!=", "<", "<=", ">", ">=", "in", "exists"].includes(operator))
    throw new AskError(`priority takes =, !=, <, <=, >, >= and in, not ${operator}.`, place);
  const wrong = values.find((value) => parsePriority(value) === undefined);
  if (wrong !== undefined)
    throw new AskError(
      `"${wrong}" is no priority: emergency, alert, critical, error, warning, notice, informational and debug are.`,
      place,
    );
}
