import type { Scalar } from "../../field/field.ts";
import type { Subject } from "../bound.ts";
import { type Comparison, plain } from "../compare.ts";
import { SHORTEST_PIECE } from "../many-texts.ts";
import type { Node } from "../simplify.ts";
import { typeClass } from "../types.ts";

/** The kind of lookup for a value. */
export type LookupKind = "value" | "prefix" | "suffix" | "piece" | "network";

/**
 * A test of a value that a lookup evaluates for all rules at once. The test is necessary, but not always sufficient,
 * for its comparison: `/home/*.key` needs the prefix `/home/`.
 */
export interface Atom {
  readonly subject: Subject;
  readonly kind: LookupKind;
  readonly operand: Scalar;
  /** Estimate of how often the atom is true, at least 1. */
  readonly weight: number;
}

/**
 * Maximum number of operands of comparisons that are split into atoms. For more operands, evaluating the comparison is
 * cheaper.
 */
const MAX_OPERANDS = 512;

/** Atoms such that at least one is true if the leaf is true; undefined if there are none. */
export function atomsOf(node: Node): readonly Atom[] | undefined {
  if (node.kind !== "leaf" || node.leaf.kind !== "compare") return undefined;
  const { subject, comparison } = node.leaf;
  if (subject.list || subject.nuls || comparison.operands.length > MAX_OPERANDS) return undefined;
  const atoms: Atom[] = [];
  for (const operand of comparison.operands) {
    const atom = atomOf(comparison, operand);
    if (atom === undefined) return undefined;
    atoms.push({ ...atom, subject });
  }
  return atoms.length > 0 ? atoms : undefined;
}

function atomOf(comparison: Comparison, operand: Scalar): Omit<Atom, "subject"> | undefined {
  const { operator, modifier, type } = comparison;
  if (modifier !== undefined && modifier !== "anyof") return undefined;
  const isEqual = operator === "=" || operator === "in" || operator === "intersects";
  switch (typeClass(type)) {
    case "number":
      return isEqual ? { kind: "value", operand: plain(operand), weight: 16 } : undefined;
    case "address":
      if (!isEqual || typeof operand !== "string") return undefined;
      return type === "IPNET" ? { kind: "network", operand, weight: 2 } : { kind: "value", operand, weight: 1 };
    case "text":
      if (typeof operand !== "string" || operand.includes("\0")) return undefined;
      return isEqual ? { kind: "value", operand, weight: 1 } : textAtom(operator, operand);
    default:
      return undefined;
  }
}

function textAtom(operator: Comparison["operator"], operand: string): Omit<Atom, "subject"> | undefined {
  switch (operator) {
    case "startswith":
      return prefix(operand);
    case "endswith":
      return suffix(operand);
    case "contains":
      return piece(operand);
    case "glob":
      return ofGlob(operand);
    case "pmatch":
      return ofPath(operand);
    default:
      return undefined;
  }
}

const prefix = (operand: string): Omit<Atom, "subject"> | undefined =>
  operand === "" ? undefined : { kind: "prefix", operand, weight: operand.length < 6 ? 8 : 2 };

const suffix = (operand: string): Omit<Atom, "subject"> | undefined =>
  operand === "" ? undefined : { kind: "suffix", operand, weight: operand.length < 5 ? 6 : 2 };

const piece = (operand: string): Omit<Atom, "subject"> | undefined =>
  operand.length < SHORTEST_PIECE ? undefined : { kind: "piece", operand, weight: operand.length < 5 ? 8 : 3 };

const WILDCARD = /[*?[\]\\]/;

/** An atom for the longest part of a pattern that contains no wildcards. */
function ofGlob(pattern: string): Omit<Atom, "subject"> | undefined {
  const parts = pattern.split(WILDCARD);
  if (parts.length === 1) return { kind: "value", operand: pattern, weight: 1 };
  if (/[[\]\\]/.test(pattern)) return prefix(parts[0]!); // bracket expressions have no fixed text
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const middle = parts.slice(1, -1).reduce((long, part) => (part.length > long.length ? part : long), "");
  if (last.length >= first.length && last.length >= middle.length) return suffix(last);
  return first.length >= middle.length ? prefix(first) : piece(middle);
}

/** An atom for the longest name without wildcards in a `pmatch` path. */
function ofPath(path: string): Omit<Atom, "subject"> | undefined {
  const names = path.split("/").filter((name) => !WILDCARD.test(name));
  return piece(names.reduce((long, name) => (name.length > long.length ? name : long), ""));
}
