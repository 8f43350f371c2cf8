import { Composer, type Document, Lexer, type LineCounter, Parser } from "yaml";
import { MAX_DEPTH, MAX_ERRORS, TooDeepError } from "./limits.ts";

/**
 * Options of `Composer` that keep scalars as text. Duplicate keys are not reported, because the check takes quadratic
 * time.
 */
const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;

/**
 * Parses all documents of a YAML text. Limits the nesting, which could exhaust the parser's stack.
 * @param lines receives the offsets of line starts
 * @throws TooDeepError
 */
export function composeYaml(text: string, lines?: LineCounter): Document.Parsed[] {
  const composer = new Composer(options);
  const errors: ErrorConstructor & { stackTraceLimit?: number } = Error; // not available in all browsers
  const limit = errors.stackTraceLimit ?? 10;
  errors.stackTraceLimit = 0; // otherwise each syntax error would keep its stack trace
  try {
    return [...composer.compose(tokensOf(text, lines))];
  } finally {
    errors.stackTraceLimit = limit;
  }
}

function* tokensOf(text: string, lines: LineCounter | undefined): ReturnType<Parser["parse"]> {
  const parser = new Parser(lines?.addNewLine);
  lines?.addNewLine(0);
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield token;
      if (token.type === "error" && ++errors === MAX_ERRORS) return;
    }
    // The stack also holds the document and the scalar.
    if (parser.stack.length > MAX_DEPTH + 2) throw new TooDeepError(parser.offset);
  }
  yield* parser.end();
}
