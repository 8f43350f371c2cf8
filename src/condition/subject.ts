import type { Reader, Scalar, Value } from "../field/field.ts";
import type { TransformTerm, TupleTerm } from "./ast.ts";
import type { Subject } from "./bound.ts";
import { untilNul } from "./compare.ts";
import { ConditionError } from "./error.ts";
import { findOptions, memoryText, type Shape, transformers } from "./transform.ts";

/**
 * Creates the subject of a transformer or of a list of operands.
 * @param sources shapes of the operands' fields, which some checks need
 * @throws ConditionError (fault `mismatch`) if the transformer does not support the operands
 */
export function transformed(
  term: TransformTerm | TupleTerm,
  operands: readonly Subject[],
  sources: readonly Shape[],
): Subject {
  if (term.kind === "tuple") return tuple(operands, sources);
  const refuse = (message: string): never => {
    throw new ConditionError("mismatch", message, term.place);
  };
  if (operands.length === 1) return single(term, operands[0]!, refuse);
  if (term.name !== "getopt" && term.argument !== undefined) refuse(`"${term.name}" takes no argument in brackets.`);
  switch (term.name) {
    case "join":
      if (operands.length !== 2) refuse('"join" takes two operands: a separator and a list.');
      if (sources[0]!.list) refuse('The separator of "join" must be a single value, not a list.');
      if (!sources[1]!.list) refuse('The second operand of "join" must be a list: put the values in parentheses.');
      return join(operands[0]!, operands[1]!);
    case "concat":
      if (!sources.every(({ type, list }) => type === "CHARBUF" && !list)) refuse('"concat" takes only strings.');
      return concat(operands);
    case "getopt":
      if (operands.length !== 2) refuse('"getopt" takes two operands: a list and the options.');
      if (!sources[0]!.list) refuse('The first operand of "getopt" must be a list.');
      if (sources[1]!.list) refuse('The options of "getopt" must be a single string, not a list.');
      if (sources.some(({ type }) => type !== "CHARBUF")) refuse('"getopt" takes only strings.');
      if (term.argument !== undefined && term.argument.length !== 1)
        refuse('The argument of "getopt" must be a single letter.');
      return getopt(operands[0]!, operands[1]!, term.argument);
    default:
      return refuse(`"${term.name}" takes one operand.`);
  }
}

function single(term: TransformTerm, input: Subject, refuse: (message: string) => never): Subject {
  const transformer = transformers[term.name];
  if (transformer === undefined) return refuse(`"${term.name}" takes more than one operand.`);
  const shape = transformer.shape(input);
  if (shape === undefined) {
    return refuse(
      `"${term.name}" does not take ${input.list ? "lists of " : ""}values of type ${input.type} ("${input.key}").`,
    );
  }
  const { read } = input;
  const apply: Reader = (event) => {
    const value = read(event);
    return value === undefined ? undefined : transformer.apply(value, input);
  };
  const nuls = term.name === "b64" || (input.nuls && term.name !== "len");
  return { ...shape, key: `${term.name}(${input.key})`, read: apply, field: undefined, nuls, wide: false };
}

/**
 * A list of the operands' values; missing if any operand has no value. Values of the types INT64, UINT64 and PID are
 * converted to decimal text, and all other numbers to their bytes in memory.
 */
function tuple(operands: readonly Subject[], sources: readonly Shape[]): Subject {
  const readers = operands.map(({ read }) => read);
  const shapes = operands.map((operand, i) => ({ ...operand, written: isWritten(sources[i]!.type) }));
  const read: Reader = (event) => {
    const values: string[] = [];
    for (let i = 0; i < readers.length; i++) {
      const value = readers[i]!(event);
      if (value === undefined) return undefined;
      const { type, written } = shapes[i]!;
      const add = (member: Scalar) => values.push(written ? String(member) : memoryText(member, type));
      if (typeof value === "object") value.forEach(add);
      else add(value);
    }
    return values;
  };
  const key = `(${operands.map((operand) => operand.key).join()})`;
  return {
    type: "CHARBUF",
    list: true,
    key,
    read,
    field: undefined,
    nuls: operands.some(({ nuls }) => nuls),
    wide: false,
  };
}

function isWritten(type: string): boolean {
  return type === "PID" || type === "INT64" || type === "UINT64";
}

function join(separator: Subject, list: Subject): Subject {
  const read: Reader = (event) => {
    const between = separator.read(event);
    if (between === undefined) return undefined;
    const members = list.read(event);
    if (typeof members !== "object") return undefined;
    return members.map((member) => memoryText(member, list.type)).join(String(between));
  };
  return {
    type: "CHARBUF",
    list: false,
    key: `join(${separator.key},${list.key})`,
    read,
    field: undefined,
    nuls: false,
    wide: false,
  };
}

function concat(operands: readonly Subject[]): Subject {
  const read: Reader = (event) => {
    let whole = "";
    for (const operand of operands) {
      const value = operand.read(event);
      if (value === undefined) return undefined;
      whole += memoryText(firstOf(value), operand.type);
    }
    return whole;
  };
  const key = `concat(${operands.map((operand) => operand.key).join()})`;
  return { type: "CHARBUF", list: false, key, read, field: undefined, nuls: false, wide: false };
}

function firstOf(value: Value): Scalar {
  return typeof value === "object" ? (value[0] ?? "") : value;
}

function getopt(list: Subject, options: Subject, option: string | undefined): Subject {
  const read: Reader = (event) => {
    const description = options.read(event);
    if (description === undefined) return undefined;
    const args = list.read(event);
    if (typeof args !== "object") return undefined;
    return findOptions(
      args.map((arg) => untilNul(String(arg))),
      untilNul(String(description)),
      option,
    );
  };
  const key = `getopt(${list.key},${options.key})${option === undefined ? "" : `[${option}]`}`;
  return { type: "CHARBUF", list: option === undefined, key, read, field: undefined, nuls: false, wide: false };
}
