import { FieldArgumentError } from "../field/field.ts";
import type { Literal, Test } from "./ast.ts";
import type { Vocabulary } from "./bind.ts";
import type { Remark } from "./bound.ts";
import { TRANSFORMERS } from "./lex.ts";
import { unsafeNa } from "./unsafe-na.ts";

/** Prefixes of transformers. */
const CALLS = ["val", ...TRANSFORMERS].map((name) => `${name}(`);

/** Remarks on a comparison with constants, if the comparison may not have the intended effect. */
export function remarksOnTest(test: Test, literals: readonly Literal[], vocabulary: Vocabulary): Remark[] {
  const remarks: Remark[] = [];
  for (const { text, place } of literals) {
    if (test.operator !== "regex" && !text.includes(".") && !text.includes("(")) continue; // no field or transformer
    if (test.operator === "regex" && isSimple(text)) {
      const message = `The expression ${JSON.stringify(text)} does not need "regex": "=", "contains", "startswith" and "endswith" are faster.`;
      remarks.push({ kind: "simple-regex", message, place });
    }
    const squeezed = text.replace(/\s/g, "");
    if (isField(squeezed, vocabulary)) {
      const message = `${JSON.stringify(text)} is compared as a string, but is the name of a field; use "val(…)" to compare with its value.`;
      remarks.push({ kind: "field-as-text", message, place });
    }
    if (squeezed.endsWith(")") && CALLS.some((call) => squeezed.startsWith(call))) {
      const message = `${JSON.stringify(text)} is compared as a string, but looks like a transformer; remove the quotes to apply it.`;
      remarks.push({ kind: "transformer-as-text", message, place });
    }
  }
  const unsafe = unsafeNa(test);
  if (unsafe !== undefined) {
    const message = 'A missing value never matches a comparison, so comparing with "<NA>" has no effect; use "exists".';
    remarks.push({ kind: "not-available-text", message, place: unsafe.place });
  }
  return remarks;
}

function isField(text: string, vocabulary: Vocabulary): boolean {
  if (!/^[a-zA-Z][a-zA-Z0-9_]*\./.test(text)) return false;
  try {
    return vocabulary.lookup(text) !== undefined;
  } catch (error) {
    if (error instanceof FieldArgumentError) return false;
    throw error;
  }
}

/**
 * Whether other operators can express an expression: it is plain text, possibly with anchors or with `.*` or similar at
 * its ends.
 */
function isSimple(expression: string): boolean {
  const last = expression.length - 1;
  for (let i = 0; i <= last; i++) {
    const character = expression[i]!;
    if ((i === 0 && character === "^") || (i === last && character === "$")) continue;
    const atEdge = (i === 0 && last > 0) || i === last - 1;
    if (atEdge && character === "." && "+*?".includes(expression[i + 1]!)) {
      i++;
      continue;
    }
    if (".+*?^$()[]{}|\\".includes(character)) return false;
  }
  return true;
}
