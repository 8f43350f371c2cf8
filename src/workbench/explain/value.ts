import type { FieldTerm, Term } from "../../condition/ast.ts";
import { textOf, type Vocabulary } from "../../condition/bind.ts";
import type { Leaf } from "../../condition/bound.ts";
import { parseTerm } from "../../condition/parse.ts";
import type { Printing, Scalar, Shown } from "../../field/field.ts";
import { valueJson, valueText } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import { showTerm } from "../../rule/output.ts";

/** Value of a field in a test on one event. */
export interface ShownValue {
  /** The field, or the transformers applied to fields. */
  readonly term: string;
  /** Text of the value; undefined if the event has no value. */
  readonly text: string | undefined;
  /** JSON text; `null` if the event has no value. */
  readonly json: string;
}

/** Reads the values of the fields in a test. */
export type ReadValues = (leaf: Leaf, event: Observed) => readonly ShownValue[];

interface Named {
  readonly term: string;
  readonly shown: Shown;
}

/** Returns a reader that formats values as in the output of rules. */
export function valueReader(vocabulary: Vocabulary, printing: Printing): ReadValues {
  const made = new Map<string, readonly Named[]>();

  function shownOf(term: Term): readonly Named[] {
    // `val(…)` does not change the value.
    const [inner] = term.kind === "transform" && term.name === "val" ? term.operands : [];
    if (inner?.kind === "field" || inner?.kind === "transform") return shownOf(inner);
    const name = textOf(term);
    let known = made.get(name);
    if (known === undefined) {
      known = term.kind === "field" ? field(term, name) : [{ term: name, shown: showTerm(term, vocabulary, printing) }];
      made.set(name, known);
    }
    return known;
  }

  function field(term: FieldTerm, name: string): readonly Named[] {
    const others = vocabulary.lookup(name)?.field.shownAs;
    if (others !== undefined) return others.flatMap((other) => shownOf(parseTerm(other)));
    return [{ term: name, shown: anyOf(name, vocabulary, printing) ?? showTerm(term, vocabulary, printing) }];
  }

  return ({ node: { left, right } }, event) => {
    const terms = right === undefined || right.kind === "literal" || right.kind === "list" ? [left] : [left, right];
    return terms
      .flatMap(shownOf)
      .map(({ term, shown }) => ({ term, text: shown.text(event), json: shown.json(event) }));
  };
}

/**
 * Returns a formatter for all values of a field whose tests succeed if any value matches; undefined for other fields.
 */
function anyOf(name: string, vocabulary: Vocabulary, printing: Printing): Shown | undefined {
  const use = vocabulary.lookup(name);
  const any = use?.field.any?.(use.argument);
  if (use === undefined || any === undefined) return undefined;
  const { type, format = "dec" } = use.field;
  const valuesOf = (event: Observed): readonly Scalar[] => {
    const values: Scalar[] = [];
    any(event, (value) => {
      values.push(value);
      return false;
    });
    return values;
  };
  return {
    text(event) {
      const values = valuesOf(event);
      return values.length === 0 ? undefined : valueText(values, type, format, printing);
    },
    json: (event) => valueJson(valuesOf(event), type, format, printing),
  };
}
