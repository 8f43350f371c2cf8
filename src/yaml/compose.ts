import { Composer, type Document, Lexer, type LineCounter, Parser } from "yaml";
import { lexerWithoutIndentation } from "./lexer.ts";
import { MAX_DEPTH, MAX_ERRORS, MAX_TOKENS, tooDeep, YamlLimitError } from "./limits.ts";

/**
 * Options of `Composer` that keep scalars as text. Duplicate keys are not reported, because the check takes quadratic
 * time.
 */
const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;

/**
 * Parses all documents of a YAML text. Limits the nesting, which could exhaust the parser's stack, and the number of tokens.
 * @param lines receives the offsets of line starts
 * @throws YamlLimitError
 */
export function composeYaml(text: string, lines?: LineCounter): Document.Parsed[] {
  if (lines !== undefined) addLines(text, lines);
  const errors: ErrorConstructor & { stackTraceLimit?: number } = Error; // not available in all browsers
  const limit = errors.stackTraceLimit ?? 10;
  errors.stackTraceLimit = 0; // otherwise each syntax error would keep its stack trace
  try {
    const documents = compose(text, new Lexer());
    return mayBeValidForFalco(documents) ? (composeAsFalco(text) ?? documents) : documents;
  } finally {
    errors.stackTraceLimit = limit;
  }
}

/** Whether documents have errors, but so few that indentation may be the cause, so that the text is parsed again. */
function mayBeValidForFalco(documents: readonly Document.Parsed[]): boolean {
  const errors = documents.reduce((sum, document) => sum + document.errors.length, 0);
  return errors > 0 && errors < MAX_ERRORS;
}

/**
 * Parses a text that is valid for Falco but not according to the YAML specification, because of the indentation of
 * lines in brackets or quotes. Undefined if the text has other errors, since a parser that follows the specification
 * reports these at the line where a bracket or quote is missing.
 */
function composeAsFalco(text: string): Document.Parsed[] | undefined {
  try {
    const documents = compose(text, lexerWithoutIndentation());
    return isValid(documents) ? documents : undefined;
  } catch (error) {
    if (error instanceof YamlLimitError) return undefined;
    throw error;
  }
}

function compose(text: string, lexer: Lexer): Document.Parsed[] {
  return [...new Composer(options).compose(tokensOf(text, lexer))];
}

function isValid(documents: readonly Document.Parsed[]): boolean {
  return documents.every(({ errors }) => errors.length === 0);
}

function addLines(text: string, lines: LineCounter): void {
  for (let start = 0; ; ) {
    lines.addNewLine(start);
    const end = text.indexOf("\n", start);
    if (end === -1) return;
    start = end + 1;
  }
}

function* tokensOf(text: string, lexer: Lexer): ReturnType<Parser["parse"]> {
  const parser = new Parser();
  let errors = 0;
  let tokens = 0;
  for (const lexeme of lexer.lex(text)) {
    if (++tokens > MAX_TOKENS) throw new YamlLimitError(`The text has more than ${MAX_TOKENS} tokens`, parser.offset);
    for (const token of parser.next(lexeme)) {
      yield token;
      if (token.type === "error" && ++errors === MAX_ERRORS) return;
    }
    // The stack also contains the document and the scalar.
    if (parser.stack.length > MAX_DEPTH + 2) throw tooDeep(parser.offset);
  }
  yield* parser.end();
}
