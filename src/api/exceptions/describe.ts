import { type Entry, entryOf } from "../../rule/exception.ts";
import { lookUp, type YamlMapping, type YamlNode } from "../../rule/yaml.ts";
import { literal } from "../store/group-query.ts";

/** A comparison of a field in an exception. */
export interface StatedComparison {
  readonly field: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** A named exception of an item. The exception applies if all comparisons of at least one alternative match. */
export interface StatedException {
  readonly name: string;
  readonly alternatives: readonly (readonly StatedComparison[])[];
}

/** The fields and operators of an exception of the loaded rule. */
export interface KnownException {
  readonly name: string;
  readonly fields: readonly string[];
  readonly comps: readonly string[];
}

/**
 * Reads the comparisons in an item of an exceptions file.
 * @param known the exceptions of the rule, because an item can append values to an exception of the rule
 */
export function statedExceptions(item: YamlMapping, known: readonly KnownException[]): readonly StatedException[] {
  const list = lookUp(item, "exceptions");
  if (list?.kind !== "sequence") return [];
  return list.items.flatMap((node) => (node.kind === "mapping" ? statedIn(node, known) : []));
}

function statedIn(node: YamlMapping, known: readonly KnownException[]): StatedException {
  const name = textOf(lookUp(node, "name"));
  const same = known.find((one) => one.name === name);
  const [fields, comps, values] = ["fields", "comps", "values"].map((key) => entryAt(node, key));
  const names = fields?.given ? textsIn(fields) : (same?.fields ?? []);
  const operators = comps?.given ? textsIn(comps) : fields?.given ? [] : (same?.comps ?? []);
  const items = values?.items ?? [];
  // The values of an exception with a single field are not wrapped in lists.
  const isSingle = fields?.given ? !fields.list : names.length === 1 && items.every(({ list }) => !list);
  if (isSingle) {
    const [field = "", operator = "in"] = [names[0], operators[0]];
    return { name, alternatives: [[{ field, operator, values: items.flatMap(textsIn) }]] };
  }
  const alternatives = items.map((tuple) =>
    names.map((field, i): StatedComparison => {
      const part = tuple.items[i];
      return { field, operator: operators[i] ?? "=", values: part === undefined ? [] : textsIn(part) };
    }),
  );
  return { name, alternatives };
}

function entryAt(node: YamlMapping, key: string): Entry | undefined {
  const value = lookUp(node, key);
  return value && entryOf(value);
}

function textOf(node: YamlNode | undefined): string {
  return node?.kind === "scalar" ? node.text : "";
}

function textsIn(entry: Entry): readonly string[] {
  return entry.list ? entry.items.flatMap(textsIn) : [entry.text];
}

/** Maximum length of a query in characters. */
const MAX_QUERY = 4000;

/**
 * The query that selects the alerts that an item would have suppressed.
 * @param lists names of rule lists; comparisons with a list cannot be expressed, because its items are not known here
 * @returns undefined if a query cannot express the exception
 */
export function exceptionQuery(
  rule: string,
  stated: readonly StatedException[],
  lists: ReadonlySet<string>,
): string | undefined {
  const alternatives = stated.flatMap((exception) => exception.alternatives);
  if (alternatives.length === 0) return undefined;
  const parts: string[] = [];
  for (const comparisons of alternatives) {
    const conditions = comparisons.map((comparison) => conditionOf(comparison, lists));
    if (conditions.length === 0 || conditions.includes(undefined)) return undefined;
    parts.push(conditions.join(" and "));
  }
  const any = parts.length === 1 ? parts[0] : `(${parts.map((part) => `(${part})`).join(" or ")})`;
  const query = `rule = ${literal(rule)} and ${any}`;
  return query.length > MAX_QUERY ? undefined : query;
}

const FIELD = /^[a-z][\w.]*(?:\[[^\]"'\s]+\])?$/;
const ONE_VALUE: ReadonlySet<string> = new Set([
  ...["=", "!=", "<", "<=", ">", ">="],
  ...["contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex"],
]);
const SEVERAL_VALUES: ReadonlySet<string> = new Set(["in", "intersects", "pmatch"]);

function conditionOf(
  { field, operator: stated, values }: StatedComparison,
  lists: ReadonlySet<string>,
): string | undefined {
  const operator = stated === "==" ? "=" : stated.trim().replace(/\s+/g, " ");
  if (!FIELD.test(field) || values.some((value) => lists.has(value) || value.startsWith("("))) return undefined;
  if (operator === "exists") return `${field} exists`;
  if (ONE_VALUE.has(operator) && values.length === 1) return `${field} ${operator} ${valueIn(values[0] ?? "")}`;
  const [one = "", modifier = ""] = operator.split(" ");
  if (values.length > 0 && ONE_VALUE.has(one) && (modifier === "oneof" || modifier === "anyof"))
    return `(${values.map((value) => `${field} ${one} ${valueIn(value)}`).join(" or ")})`;
  if (!SEVERAL_VALUES.has(operator) || values.length === 0) return undefined;
  return `${field} ${operator} (${values.map(valueIn).join(", ")})`;
}

/** A value of a rule in a query. Quoted values have the same notation in rules and queries. */
function valueIn(text: string): string {
  return /^"(?:[^"\\]|\\.)*"$|^'(?:[^'\\]|\\.)*'$/s.test(text) ? text : literal(text);
}
