import { Composer, type Document, Lexer, type LineCounter, Parser } from "yaml";
import { MAX_DEPTH, TooDeepError } from "./limits.ts";

/** Options of `Composer` for texts whose scalars stay text. Duplicate keys are not reported: that takes quadratic time. */
const options = { schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" } as const;

/**
 * Parses all documents of a YAML text with the full parser, whose stack the nesting would otherwise exhaust.
 * @param lines receives the offsets of the lines
 * @throws TooDeepError
 */
export function composeYaml(text: string, lines?: LineCounter): Document.Parsed[] {
  const composer = new Composer(options);
  return [...composer.compose(tokensOf(text, lines))];
}

function* tokensOf(text: string, lines: LineCounter | undefined): ReturnType<Parser["parse"]> {
  const parser = new Parser(lines?.addNewLine);
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // The stack also holds the document and the scalar.
    if (parser.stack.length > MAX_DEPTH + 2) throw new TooDeepError(parser.offset);
  }
  yield* parser.end();
}
