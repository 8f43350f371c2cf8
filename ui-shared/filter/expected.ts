import { Lexer } from "../../src/condition/lex.ts";
import { queryOperators } from "../../src/query/bind.ts";

/** The kind of word expected at the caret, and the part that has been entered. */
export interface Expected {
  readonly kind: "field" | "operator" | "value" | "junction";
  /** Field to which the expected operator or value belongs. */
  readonly field: string;
  /** Offset of the word at the caret. */
  readonly from: number;
  /** The word up to the caret. */
  readonly written: string;
}

type State = Expected["kind"];

const OPERATOR_WORDS: readonly string[] = [...queryOperators, ":"].sort((a, b) => b.length - a.length);

/** Scans a query up to the caret. @returns the kind of word expected at the caret */
export function expectedAt(text: string, caret: number): Expected {
  const lexer = new Lexer(text.slice(0, caret), "");
  let state: State = "field";
  let field = "";
  let listed = false;
  const here = (kind: State, from: number): Expected => ({ kind, field, from, written: text.slice(from, caret) });

  for (;;) {
    lexer.blanks();
    const from = lexer.at;
    if (lexer.atEnd) return here(state, from);
    if (state === "field") {
      if (lexer.take("(") || lexer.takeNot() || lexer.takeTransformer() !== undefined) continue;
      const name = lexer.takeFieldName() ?? lexer.takeIdentifier();
      if (name === undefined || lexer.atEnd) return here("field", from);
      field = name;
      if (lexer.take("[")) {
        lexer.takeQuoted() ?? lexer.takeBareArgument();
        if (!lexer.take("]")) return here("field", from);
      }
      lexer.take(")");
      state = "operator";
    } else if (state === "operator") {
      const operator = OPERATOR_WORDS.find((word) => lexer.take(word));
      const isWord = operator !== undefined && /[a-z]$/.test(operator);
      if (operator === undefined || (lexer.atEnd && isWord)) return here("operator", from);
      state = operator === "exists" ? "junction" : "value";
      listed = false;
    } else if (state === "value") {
      if (!listed && lexer.take("(")) {
        listed = true;
        continue;
      }
      const value = endedValue(lexer);
      if (value === undefined || lexer.atEnd) return here("value", from);
      lexer.blanks();
      if (listed && lexer.take(",")) continue;
      if (listed && !lexer.take(")")) return here("value", lexer.at);
      state = "junction";
    } else {
      if (lexer.take(")")) continue;
      const word = lexer.takeFieldName() ?? lexer.takeIdentifier();
      if (word === undefined || lexer.atEnd) return here("junction", from);
      // Conditions can follow each other without `and`.
      state = word === "and" || word === "or" ? "field" : "operator";
      if (state === "operator") field = word;
    }
  }
}

/** Returns a complete value; undefined if the caret is still inside it. */
function endedValue(lexer: Lexer): string | undefined {
  try {
    return lexer.takeQuoted() ?? (/["']/.test(lexer.text.charAt(lexer.at)) ? undefined : lexer.takeBareText());
  } catch {
    return undefined;
  }
}
