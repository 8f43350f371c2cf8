import { Composer, type Document, Lexer, type LineCounter, Parser } from "yaml";
import { MAX_DEPTH, MAX_ERRORS, TooDeepError } from "./limits.ts";

/** Options of `Composer` for texts whose scalars stay text. Duplicate keys are not reported: that takes quadratic time. */
const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;

/**
 * Parses all documents of a YAML text with the full parser, whose stack the nesting would otherwise exhaust.
 * @param lines receives the offsets of the lines
 * @throws TooDeepError
 */
export function composeYaml(text: string, lines?: LineCounter): Document.Parsed[] {
  const composer = new Composer(options);
  const errors: ErrorConstructor & { stackTraceLimit?: number } = Error; // not in all browsers
  const limit = errors.stackTraceLimit ?? 10;
  errors.stackTraceLimit = 0; // each syntax error would keep its stack
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
