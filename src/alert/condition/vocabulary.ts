import { parseAddress } from "../../condition/address.ts";
import type { FieldUse, Vocabulary } from "../../condition/bind.ts";
import { nearest } from "../../condition/did-you-mean.ts";
import { typeClass } from "../../condition/types.ts";
import { toByteString } from "../../event/bytes.ts";
import { documentVocabulary, type RuleVocabulary, vocabulary } from "../../field/catalogue.ts";
import { type Field, FieldArgumentError, type Reader, type Scalar, type Test, type Value } from "../../field/field.ts";
import { row } from "../../field/row.ts";
import { classesOfSource, knownSources, SYSCALL } from "../../field/sources.ts";
import { parsePriority, priorities } from "../../rule/rule.ts";
import type { FieldValue } from "../record.ts";
import { alertOf } from "./alert-event.ts";

/** The vocabulary of conditions on alerts: properties that every alert has, and the fields of all sources. */
export function alertVocabulary(): Promise<Vocabulary> {
  made ??= makeVocabulary();
  return made;
}

/** The vocabulary, shared by all rules. */
let made: Promise<Vocabulary> | undefined;

async function makeVocabulary(): Promise<Vocabulary> {
  const words: RuleVocabulary[] = [];
  for (const source of knownSources) {
    const classes = await classesOfSource(source);
    words.push(source === SYSCALL ? vocabulary({}, classes) : documentVocabulary(classes));
  }
  const names = new Set([...parts.keys(), ...words.flatMap((one) => [...one.names.fields()])]);
  const known = new Map<string, FieldUse>();
  return {
    lookup(text) {
      const use = known.get(text) ?? useOf(text, words, names);
      if (use !== undefined) known.set(text, use);
      return use;
    },
    isEventName: () => true, // received alerts can contain unknown event names
    names: { fields: () => names, events: () => [] },
  };
}

const text = (read: Parameters<typeof readText>[0]): Reader => readText(read);

function readText(read: (alert: NonNullable<ReturnType<typeof alertOf>>) => string): Reader {
  return (event) => {
    const alert = alertOf(event);
    return alert === undefined ? undefined : toByteString(read(alert));
  };
}

/** Properties that every alert has. */
const parts: ReadonlyMap<string, Field> = new Map(
  [
    row(
      "rule",
      "CHARBUF",
      text(({ rule }) => rule),
      "The name of the rule.",
    ),
    row(
      "priority",
      "CHARBUF",
      text(({ priority }) => priority),
      "The severity; `priority >= warning` matches warnings and more severe alerts.",
      { test: (_argument, operator, operands) => priorityTest(operator, operands) },
    ),
    row(
      "source",
      "CHARBUF",
      text(({ source }) => source),
      "The event source: syscall, k8s_audit, …",
    ),
    row(
      "hostname",
      "CHARBUF",
      text(({ hostname }) => hostname),
      "The machine that raised the alert.",
    ),
    row(
      "output",
      "CHARBUF",
      text(({ output }) => output),
      "The message.",
    ),
    row("tags", "CHARBUF", (event) => alertOf(event)?.tags.map(toByteString), "The rule's tags.", {
      list: true,
      testsMembers: true,
    }),
  ].map((field) => [field.name, field]),
);

/** Names of alert properties. They contain no dot. */
export const shortNames: ReadonlySet<string> = new Set(parts.keys());

/** Comparisons of priorities by operator. Priorities with lower numbers are more severe, and are considered greater. */
const severity: Readonly<Record<string, (each: number, wanted: number, all: readonly number[]) => boolean>> = {
  "=": (each, wanted) => each === wanted,
  "!=": (each, wanted) => each !== wanted,
  in: (each, _wanted, all) => all.includes(each),
  ">=": (each, wanted) => each <= wanted,
  ">": (each, wanted) => each < wanted,
  "<=": (each, wanted) => each >= wanted,
  "<": (each, wanted) => each > wanted,
};

function priorityTest(operator: string, operands: readonly Scalar[]): Test | undefined {
  const holds = Object.hasOwn(severity, operator) ? severity[operator] : undefined;
  if (holds === undefined) return undefined;
  const wanted = operands.map((operand) => {
    const priority = parsePriority(String(operand));
    if (priority === undefined)
      throw new FieldArgumentError(
        `Invalid priority "${operand}": use one of ${priorities.join(", ").toLowerCase()}${suggestion(String(operand), priorities)}`,
      );
    return priorities.indexOf(priority);
  });
  const [first = -1] = wanted;
  return (event) => {
    const priority = parsePriority(alertOf(event)?.priority ?? "");
    return priority !== undefined && holds(priorities.indexOf(priority), first, wanted);
  };
}

function suggestion(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `. Did you mean "${near}"?`;
}

const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+(?:\[[^\]]*\])?$/i;

/** Finds a field of alerts by name. */
function useOf(name: string, words: readonly RuleVocabulary[], names: ReadonlySet<string>): FieldUse | undefined {
  const part = parts.get(name);
  if (part !== undefined) return { field: part, argument: undefined };
  for (const one of words) {
    const use = one.lookup(name);
    if (use === undefined) continue;
    const { field, argument } = use;
    if (field.filterOnly)
      throw new FieldArgumentError(`${field.name} is available only in conditions of detection rules, not in alerts`);
    const type = field.type === "DYNAMIC" ? "CHARBUF" : field.type;
    const format = field.format ?? "dec";
    const others = argument === undefined ? [name] : [name, `${field.name}[${argument}]`, `${field.name}.${argument}`];
    const read: Reader = (event) => {
      const fields = alertOf(event)?.fields;
      if (fields === undefined) return undefined;
      for (const each of others) {
        const value = fields.get(each);
        if (value !== undefined) return fieldValue(value, type, field.list, format);
      }
      return undefined;
    };
    return { field: row(name, type, read, field.description, { list: field.list }), argument: undefined };
  }
  // Fields of other installations and plugins are text. A name similar to a known field is treated as a misspelling.
  if (!NAME.test(name) || nearest(name, names) !== undefined || isOfOurs(name, names)) return undefined;
  const read: Reader = (event) => {
    const value = alertOf(event)?.fields.get(name);
    return value === undefined ? undefined : fieldValue(value, "CHARBUF", false, "dec");
  };
  return { field: row(name, "CHARBUF", read, "A field of a received alert."), argument: undefined };
}

/** Whether a name has the same prefix as a known field, such as `proc.`. */
function isOfOurs(name: string, names: ReadonlySet<string>): boolean {
  const prefix = name.slice(0, name.indexOf(".") + 1);
  for (const each of names) if (each.startsWith(prefix)) return true;
  return false;
}

/** A value converted to the type of its field; undefined if the conversion is not possible. */
function fieldValue(value: FieldValue, type: string, list: boolean, format: string): Value | undefined {
  if (value === null) return undefined;
  if (list && Array.isArray(value)) {
    const members = value.map((each) => scalarOf(each, type, format));
    return members.filter((each) => each !== undefined);
  }
  return scalarOf(value, type, format);
}

function scalarOf(value: FieldValue, type: string, format: string): Scalar | undefined {
  switch (typeClass(type)) {
    case "number":
      return numberOf(value, format);
    case "bool":
      return typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined;
    case "address":
      return typeof value === "string" ? parseAddress(value) : undefined;
    default:
      return toByteString(typeof value === "string" ? value : JSON.stringify(value));
  }
}

/** Prefixes of hexadecimal and octal numbers. */
const PREFIX: Readonly<Record<string, string>> = { hex: "0x", oct: "0o" };

function numberOf(value: FieldValue, format: string): Scalar | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const written = `${PREFIX[format] ?? ""}${value}`;
  if (!/^(?:-?\d+|0x[\da-f]+|0o[0-7]+)$/i.test(written)) return undefined;
  const number = BigInt(written);
  return Number.isSafeInteger(Number(number)) ? Number(number) : number;
}
