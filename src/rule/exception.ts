import { didYouMean } from "../condition/did-you-mean.ts";
import { ItemError, ItemErrors } from "./diagnostic.ts";
import { type Location, locationOf, type RuleFile } from "./location.ts";
import { MappedText } from "./mapped-text.ts";
import { isNull, type YamlNode, type YamlScalar } from "./yaml.ts";

/** A value or a list of values in `fields`, `comps` or `values`. */
export interface Entry {
  readonly list: boolean;
  /** Text of a single value; "" for a list. */
  readonly text: string;
  readonly items: readonly Entry[];
  /** The source of the text; undefined for default values. */
  readonly scalar?: YamlScalar;
  /** Whether the entry is not empty. */
  readonly given: boolean;
}

/** An exception of a rule. The rule does not match events that match one of the exception's values. */
export interface Exception {
  readonly name: string;
  readonly place: Location;
  readonly fields: Entry;
  comps: Entry;
  values: Value[];
}

/** A value and its file, since other files can append values. */
export interface Value {
  readonly entry: Entry;
  readonly file: RuleFile;
}

export const EMPTY_ENTRY: Entry = { list: false, text: "", items: [], given: false };

export function entryOf(node: YamlNode): Entry {
  if (isNull(node)) return EMPTY_ENTRY;
  if (node.kind === "scalar") return { list: false, text: node.text, items: [], scalar: node, given: node.text !== "" };
  if (node.kind === "sequence")
    return { list: true, text: "", items: node.items.map(entryOf), given: node.items.length > 0 };
  return EMPTY_ENTRY;
}

const listOperators = new Set(["in", "intersects", "pmatch"]);
const textOperators = [
  "=",
  "==",
  "!=",
  "glob",
  "iglob",
  "contains",
  "icontains",
  "bcontains",
  "startswith",
  "bstartswith",
  "endswith",
  "regex",
];
const operators = new Set([...textOperators, ...listOperators, "exists", "<", "<=", ">", ">="]);
const modifiers = new Set(["oneof", "anyof", "allof"]);
const modifiable = new Set(textOperators);

/** Whether a comparison has a modifier, such as `startswith oneof`. */
function hasModifier(comparison: string): boolean {
  const [operator = "", modifier = "", ...more] = comparison.split(/\s+/);
  return more.length === 0 && modifiable.has(operator) && modifiers.has(modifier);
}

export interface KnownFields {
  hasField(field: string): boolean;
  fieldNames(): Iterable<string>;
}

/**
 * Sets default comparisons and rejects inconsistent exceptions.
 * @param known fields of the rule's source; undefined if unknown
 */
export function checkException(exception: Exception, known: KnownFields | undefined): void {
  const { fields, place } = exception;
  const fail = (message: string, entry?: Entry): ItemError => {
    const where = entry?.scalar === undefined ? place : locationOf(place.file, entry.scalar);
    return new ItemError("LOAD_ERR_VALIDATE", message, where);
  };
  const reasons = new ItemErrors();
  if (fields.list) {
    if (!exception.comps.given)
      exception.comps = { ...EMPTY_ENTRY, list: true, items: fields.items.map(() => text("=")), given: true };
    const comps = exception.comps.items;
    if (fields.items.length !== comps.length) {
      throw fail(
        `Exception "${exception.name}" has different numbers of fields (${fields.items.length}) and comps (${comps.length})`,
      );
    }
    exception.comps = { ...exception.comps, items: comps.map(trimmed) };
    for (const entry of exception.comps.items) {
      if (operators.has(entry.text) || hasModifier(entry.text)) continue;
      reasons.add(() => fail(`Unknown operator "${entry.text}".${didYouMean(entry.text, operators)}`, entry));
    }
  } else {
    if (!exception.comps.given) exception.comps = text("in");
    if (exception.comps.list) throw fail(`Exception "${exception.name}" has one field and a list of comps`);
    exception.comps = trimmed(exception.comps);
    const comparison = exception.comps.text;
    if (!listOperators.has(comparison) && !hasModifier(comparison)) {
      const question = operators.has(comparison) ? "" : didYouMean(comparison, operators);
      const message = `An exception with a single field requires in, pmatch, intersects or an operator with a modifier (startswith oneof), not "${comparison}".${question}`;
      reasons.add(() => fail(message, exception.comps));
    }
  }
  for (const field of fields.list ? fields.items : [fields]) {
    if (known === undefined || known.hasField(field.text)) continue;
    reasons.add(() => fail(`Unknown field "${field.text}".${didYouMean(field.text, known.fieldNames())}`, field));
  }
  reasons.check();
}

/**
 * The condition of a rule with its exceptions: `(condition) and not (…)` for each exception with values.
 * @throws ItemError if the shape of a value differs from the shape of the fields
 */
export function withExceptions(condition: MappedText, exceptions: readonly Exception[]): MappedText {
  if (exceptions.length === 0) return condition.copy();
  const out = new MappedText().add("(").addTraced(condition).add(")");
  for (const exception of exceptions) {
    if (exception.values.length > 0) (exception.fields.list ? addTuples : addList)(out, exception);
  }
  return out;
}

function addList(out: MappedText, { fields, comps, values, place, name }: Exception): void {
  out.add(` and not (${fields.text} ${comps.text} (`);
  for (const [i, { entry, file }] of values.entries()) {
    if (entry.list)
      throw new ItemError(
        "LOAD_ERR_VALIDATE",
        `The values of exception "${name}" must be single values, because it has a single field`,
        place,
      );
    if (i > 0) out.add(", ");
    addItem(out, entry, file);
  }
  out.add("))");
}

function addTuples(out: MappedText, { fields, comps, values, place, name }: Exception): void {
  out.add(" and not (");
  for (const [i, { entry: tuple, file }] of values.entries()) {
    if (tuple.items.length !== fields.items.length) {
      throw new ItemError(
        "LOAD_ERR_VALIDATE",
        `A value of exception "${name}" must have one item per field: found ${tuple.items.length}, expected ${fields.items.length}`,
        place,
      );
    }
    out.add(i === 0 ? "(" : " or (");
    for (const [k, field] of fields.items.entries()) {
      const comparison = comps.items[k]?.text;
      const part = tuple.items[k];
      if (comparison === undefined || part === undefined) break; // lengths are equal
      out.add(`${k === 0 ? "" : " and "} ${field.text} ${comparison} `);
      if (part.list) {
        out.add("(");
        for (const [n, item] of part.items.entries()) {
          if (n > 0) out.add(", ");
          addItem(out, item, file);
        }
        out.add(")");
      } else if (listOperators.has(comparison) || hasModifier(comparison)) {
        const bare = !part.text.startsWith("(");
        if (bare) out.add("(");
        addText(out, part, file);
        if (bare) out.add(")");
      } else addItem(out, part, file);
    }
    out.add(")");
  }
  out.add(")");
}

/** Whether a list item or exception value requires quotes because it contains a space and is not quoted. */
export function needsQuotes(item: string): boolean {
  return item.includes(" ") && !item.startsWith('"') && !item.startsWith("'");
}

function addItem(out: MappedText, entry: Entry, file: RuleFile): void {
  const quote = needsQuotes(entry.text) ? '"' : "";
  out.add(quote);
  addText(out, entry, file);
  out.add(quote);
}

function addText(out: MappedText, entry: Entry, file: RuleFile): void {
  if (entry.scalar === undefined) out.add(entry.text);
  else out.append(file, entry.scalar);
}

function text(value: string): Entry {
  return { list: false, text: value, items: [], given: true };
}

function trimmed(entry: Entry): Entry {
  return { ...entry, text: entry.text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "") };
}
