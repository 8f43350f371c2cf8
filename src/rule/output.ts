import type { Term, TransformOperand } from "../condition/ast.ts";
import { bindTerm, textOf, type Vocabulary } from "../condition/bind.ts";
import { ConditionError } from "../condition/error.ts";
import { parseTerm } from "../condition/parse.ts";
import { FieldArgumentError, type Printing, type Shown } from "../field/field.ts";
import { valueJson, valueText } from "../field/print.ts";
import type { Observed } from "../machine/observed.ts";
import { limits } from "./limits.ts";

/** Text printed for a missing value. */
const MISSING = "<NA>";

/** A parsed output of a rule. */
export interface Template {
  /** The source text of the output. */
  readonly output: string;
  /** The output with field values; `<NA>` for missing values. */
  text(event: Observed): string;
  /** The distinct fields of the output. Fields in transformers are included without the transformer. */
  readonly fields: readonly TemplateField[];
}

export interface TemplateField {
  readonly name: string;
  /** The value as JSON; `null` if missing. */
  json(event: Observed): string;
}

/** An invalid output, with a message for the user. */
export class OutputError extends Error {
  /** Offset of the error in the output. */
  readonly offset: number;
  /** Additional errors in the output. */
  readonly more: readonly OutputError[];

  constructor(message: string, offset: number, more: readonly OutputError[] = []) {
    super(message);
    this.offset = offset;
    this.more = more;
  }
}

interface Part {
  readonly shown: Shown;
  /** Width in characters to which the value is padded or truncated; 0 for no change. */
  readonly width: number;
  /** Text after the field. */
  readonly after: string;
}

/**
 * Parses an output: text with `%field`, `%10field` (padded or truncated) and `%transformer(field)`.
 * @throws OutputError
 */
export function parseOutput(output: string, vocabulary: Vocabulary, printing: Printing): Template {
  const [before = "", ...pieces] = output.split("%");
  if (pieces.length > limits.outputFields) {
    throw new OutputError(`The output has more than ${limits.outputFields} fields.`, before.length);
  }
  const fields = new Map<string, TemplateField>();
  const mistakes: OutputError[] = [];
  let offset = before.length;
  const parts = pieces.flatMap((piece): Part[] => {
    const at = offset;
    offset += piece.length + 1;
    try {
      return [readPart(piece, at)];
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      if (mistakes.length < limits.errors) mistakes.push(error);
      return [];
    }
  });
  const [first, ...more] = mistakes;
  if (first !== undefined) throw new OutputError(first.message, first.offset, more);
  // An asterisk at the start of old outputs requested output even if fields are missing, which is now the default.
  const lead = before.startsWith("*") ? before.slice(1) : before;
  return { output, text: (event) => fill(lead, parts, event), fields: [...fields.values()] };

  function readPart(piece: string, at: number): Part {
    const digits = /^\d*/.exec(piece)?.[0] ?? "";
    const rest = piece.slice(digits.length);
    if (rest === "") throw new OutputError("A percent sign must be followed by the name of a field.", at);
    const { shown, length, inside } = termAt(rest, vocabulary, printing, at);
    for (const field of inside) if (!fields.has(field.name)) fields.set(field.name, field);
    return { shown, width: Number(digits), after: rest.slice(length) };
  }
}

/** A term at the start of a string. */
interface FoundTerm {
  readonly shown: Shown;
  readonly length: number;
  /** The fields in the term. */
  readonly inside: readonly TemplateField[];
}

/**
 * Fields without an argument, cached for all outputs by name. The size is limited, since text after a name can be part
 * of the name.
 */
const knownNames = new WeakMap<Vocabulary, Map<string, FoundTerm>>();
const MAX_NAMES = 4096;

/** @throws OutputError */
function termAt(text: string, vocabulary: Vocabulary, printing: Printing, at: number): FoundTerm {
  const name = NAME.exec(text)?.[0] ?? "";
  const next = text[name.length];
  if (name === "" || next === "[" || next === "(") return findTerm(text, vocabulary, printing, at);
  let known = knownNames.get(vocabulary);
  if (known === undefined) {
    known = new Map();
    knownNames.set(vocabulary, known);
  }
  const key = `${printing.base64Buffers} ${name}`;
  const found = known.get(key) ?? findTerm(text, vocabulary, printing, at);
  if (known.size < MAX_NAMES) known.set(key, found);
  return found;
}

function findTerm(text: string, vocabulary: Vocabulary, printing: Printing, at: number): FoundTerm {
  const { term, length } = longestTerm(text, vocabulary, at);
  try {
    const shown = showTerm(term, vocabulary, printing);
    const inside = fieldsIn(term).map((field) => {
      const same = field === term ? shown : showTerm(field, vocabulary, printing);
      return { name: textOf(field), json: (event: Observed) => same.json(event) };
    });
    return { shown, length, inside };
  } catch (error) {
    if (error instanceof FieldArgumentError || error instanceof ConditionError)
      throw new OutputError(error.message, at);
    throw error;
  }
}

function fill(before: string, parts: readonly Part[], event: Observed): string {
  let text = before;
  for (const { shown, width, after } of parts) {
    const value = shown.text(event) ?? MISSING;
    text += (width === 0 ? value : value.slice(0, width).padEnd(width)) + after;
  }
  return text;
}

/** The longest prefix of the text that is a field or a transformer of fields. */
function longestTerm(text: string, vocabulary: Vocabulary, at: number): { term: Term; length: number } {
  let unknown: string | undefined;
  for (const length of lengths(text)) {
    const part = text.slice(0, length);
    if (isPlainName(part) && (unknown !== undefined || !part.includes(".")) && !isField(part, vocabulary)) continue;
    try {
      const term = parseTerm(part);
      bindTerm(term, vocabulary);
      if (text[length - 1] !== " ") return { term, length };
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      if (error.fault !== "syntax") unknown ??= error.message;
    }
  }
  const word = /^[^\s)]*/.exec(text)?.[0] ?? text;
  throw new OutputError(unknown ?? `"%${word}" is not the name of a field.`, at);
}

const PLAIN_NAME = /^[\w.]*$/;

/** Whether the text is a name without brackets or parentheses. */
function isPlainName(text: string): boolean {
  return PLAIN_NAME.test(text);
}

function isField(name: string, vocabulary: Vocabulary): boolean {
  try {
    return vocabulary.lookup(name) !== undefined;
  } catch (error) {
    if (error instanceof FieldArgumentError) return false;
    throw error;
  }
}

/** Maximum length of a name without brackets. */
const MAX_NAME = 300;

/** The lengths of the prefixes that may be terms, longest first. */
function* lengths(text: string): Iterable<number> {
  const { name, ends } = bounds(text);
  yield* ends.toReversed();
  for (let length = Math.min(name, MAX_NAME); length > 0; length--) yield length;
}

const NAME = /^[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)*/;

/** The end offsets of a term's name, and of its parentheses and brackets. */
function bounds(text: string): { name: number; ends: number[] } {
  const name = NAME.exec(text)?.[0].length ?? 0;
  const open = text[name];
  const ends: number[] = [];
  const add = (end: number): void => {
    if (end !== -1) ends.push(end + 1);
  };
  if (open === "[") add(closing(text, name, "[", "]"));
  if (open === "(") {
    const close = closing(text, name, "(", ")");
    add(close);
    if (close !== -1 && text[close + 1] === "[") add(closing(text, close + 1, "[", "]"));
  }
  return { name, ends };
}

function closing(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at;
  }
  return -1;
}

function fieldsIn(term: TransformOperand): Extract<Term, { kind: "field" }>[] {
  if (term.kind === "field") return [term];
  if (term.kind === "transform") return term.operands.flatMap(fieldsIn);
  return term.kind === "tuple" ? term.items.flatMap(fieldsIn) : [];
}

/**
 * Returns a printer for the value of a field, or for the result of transformers applied to fields.
 * @throws ConditionError, FieldArgumentError
 */
export function showTerm(term: Term, vocabulary: Vocabulary, printing: Printing): Shown {
  if (term.kind === "transform") {
    const { read, type } = bindTerm(term, vocabulary);
    return shownValue(read, type, "dec", printing);
  }
  const use = vocabulary.lookup(textOf(term));
  if (use === undefined) {
    const hint = vocabulary.hint?.(textOf(term));
    throw new FieldArgumentError(`Unknown field "${textOf(term)}".${hint === undefined ? "" : ` ${hint}`}`);
  }
  const { field, argument } = use;
  const own = field.show?.(argument, printing);
  if (own !== undefined) return own;
  return shownValue(field.bind(argument), field.typeOf?.(argument) ?? field.type, field.format ?? "dec", printing);
}

type ValueType = Parameters<typeof valueText>[1];

function shownValue(
  read: (event: Observed) => Parameters<typeof valueText>[0] | undefined,
  type: string,
  format: Parameters<typeof valueText>[2],
  printing: Printing,
): Shown {
  const known = type as ValueType; // raw event arguments print like their base types
  return {
    text(event) {
      const value = read(event);
      return value === undefined ? undefined : valueText(value, known, format, printing);
    },
    json(event) {
      const value = read(event);
      return value === undefined ? "null" : valueJson(value, known, format, printing);
    },
  };
}
