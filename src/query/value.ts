import { pathSetTest } from "../condition/path-set.ts";
import { regexTest } from "../condition/regex.ts";
import { toByteString } from "../event/bytes.ts";
import { globTest } from "../event/glob.ts";
import { parsePriority, priorities } from "../rule/rule.ts";
import type { FieldTest } from "./ast.ts";
import { numberIn } from "./number.ts";

/** A function that returns whether a value matches. The value of a missing field is undefined. */
export type ValueTest = (value: string | undefined) => boolean;

/**
 * Compiles a test for single values. A missing value is not equal to any value.
 * @throws RegexError
 */
export function valueTest({ operator, values }: Pick<FieldTest, "operator" | "values">): ValueTest {
  if (operator === "exists") return (value) => value !== undefined;
  if (operator === "!=") {
    const equal = valueTest({ operator: "=", values });
    return (value) => !equal(value);
  }
  const test = textTest(operator, values);
  return (value) => value !== undefined && test(value);
}

function textTest(operator: FieldTest["operator"], values: readonly string[]): (value: string) => boolean {
  const [first = ""] = values;
  switch (operator) {
    case "=":
    case "in":
    case "intersects": {
      const wanted = new Set(values);
      return (value) => wanted.has(value);
    }
    case "contains":
      return (value) => value.includes(first);
    case "icontains": {
      const part = first.toLowerCase();
      return (value) => value.toLowerCase().includes(part);
    }
    case "startswith":
      return (value) => value.startsWith(first);
    case "endswith":
      return (value) => value.endsWith(first);
    case "glob":
    case "iglob":
      return onBytes(globTest(toByteString(first), operator === "iglob"));
    case "regex":
      return onBytes(regexTest(toByteString(first)));
    case "pmatch":
      return onBytes(pathSetTest(values.map(toByteString)));
    default:
      return orderTest(operator, first);
  }
}

function onBytes(test: (bytes: string) => boolean): (value: string) => boolean {
  return (value) => test(toByteString(value));
}

/**
 * Returns a test for an ordering operator. If the operand is a number, only numbers match, and numbers are compared by
 * value (integers exactly). Otherwise, values are compared character by character.
 */
function orderTest(operator: FieldTest["operator"], wanted: string): (value: string) => boolean {
  const number = numberIn(wanted);
  const holds = ORDERS[operator] ?? (() => false);
  return (value) => {
    const own = number === undefined ? undefined : numberIn(value);
    if (number !== undefined && own === undefined) return false;
    const [a, b] = own === undefined || number === undefined ? [value, wanted] : [own, number];
    return holds(a < b ? -1 : a > b ? 1 : 0);
  };
}

const ORDERS: Readonly<Record<string, (sign: number) => boolean>> = {
  "<": (sign) => sign < 0,
  "<=": (sign) => sign <= 0,
  ">": (sign) => sign > 0,
  ">=": (sign) => sign >= 0,
};

/**
 * Whether each priority matches, indexed by priority number. More severe priorities are greater, as in `priority >
 * warning`.
 */
export function wantedPriorities({ operator, values }: Pick<FieldTest, "operator" | "values">): readonly boolean[] {
  const numbers = values.map((value) => priorities.indexOf(parsePriority(value) ?? "Debug"));
  return priorities.map((_, own) => {
    if (operator === "exists") return true;
    if (operator === "=" || operator === "in") return numbers.includes(own);
    if (operator === "!=") return !numbers.includes(own);
    return (ORDERS[operator] ?? (() => false))(Math.sign((numbers[0] ?? 0) - own));
  });
}
