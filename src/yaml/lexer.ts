import { Lexer } from "yaml";

/** The members of `Lexer` that are overridden; the package does not declare them for use by others. */
interface Lines {
  /** Minimum indentation of the next line of a value. */
  indentNext: number;
  parseFlowCollection(): Lexemes;
  parseQuotedScalar(): Lexemes;
}
type Lexemes = Generator<string, unknown>;

/**
 * Returns a lexer that accepts lines in brackets and in quotes with any indentation. Falco's parser accepts these
 * lines, but YAML requires that they are indented more than their parent.
 */
export function lexerWithoutIndentation(): Lexer {
  const lexer = new Lexer();
  const lines = lexer as unknown as Lines; // the members are private
  for (const name of ["parseFlowCollection", "parseQuotedScalar"] as const) {
    const parse = lines[name];
    lines[name] = function* () {
      const indent = lines.indentNext;
      lines.indentNext = 0;
      const next = yield* parse.call(lines);
      lines.indentNext = indent;
      return next;
    };
  }
  return lexer;
}
