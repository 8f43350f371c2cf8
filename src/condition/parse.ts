import type {
  BinaryOperator,
  Condition,
  FieldTerm,
  List,
  Literal,
  Modifier,
  Term,
  Test,
  TransformOperand,
  TransformTerm,
  TupleTerm,
} from "./ast.ts";
import { didYouMean } from "./did-you-mean.ts";
import { Lexer, MODIFIERS, OPERATORS, TRANSFORMERS } from "./lex.ts";

/** Maximum nesting of parentheses and transformers, which limits the stack of all passes. */
export const MAX_NESTING = 400;

const NONE: ReadonlySet<string> = new Set();

const KNOWN_TRANSFORMERS = [...TRANSFORMERS, "val"].join(", ");

/**
 * Parses a condition. Afterwards the right side of every operator has the required shape; names of macros, lists and
 * fields are unresolved.
 * @param origin source of the text: see {@link Span.origin}
 * @param short names of fields without a dot; these also support words after `<` and `>`
 * @throws ConditionError (fault `syntax`)
 */
export function parse(text: string, origin = "", short: ReadonlySet<string> = NONE): Condition {
  const parser = new Parser(new Lexer(text, origin), short);
  if (text.length === 0) parser.lexer.fail("The condition is empty.");
  return parser.whole();
}

/**
 * Parses an item of a list in a rule file. Most items are a single value, with or without quotes. An item that contains
 * spaces does not need quotes. An item with commas outside quotes contains several values.
 */
export function parseItem(item: string, origin: string): readonly Literal[] {
  const spaced = item.includes(" ") && item[0] !== '"' && item[0] !== "'";
  return new Parser(new Lexer(spaced ? `"${item}"` : item, origin)).items();
}

/**
 * Parses a field or a transformer of fields in an output, up to the end of the text.
 * @throws ConditionError (fault `syntax`)
 */
export function parseTerm(text: string, origin = ""): Term {
  const parser = new Parser(new Lexer(text, origin));
  const term = parser.term();
  if (term === undefined) return parser.lexer.fail("Expected a field or a transformer.");
  if (!parser.lexer.atEnd) parser.lexer.fail("Unexpected text after the field.");
  return term;
}

class Parser {
  readonly lexer: Lexer;
  private readonly short: ReadonlySet<string>;
  private depth = 0;

  constructor(lexer: Lexer, short: ReadonlySet<string> = NONE) {
    this.lexer = lexer;
    this.short = short;
  }

  whole(): Condition {
    const condition = this.either();
    if (!this.lexer.atEnd) {
      const last = this.lexer.text.slice(this.lexer.lastStart, this.lexer.at).trim();
      this.lexer.fail(`Expected "and", "or" or the end of the condition after "${last}".${this.meant(last)}`);
    }
    return condition;
  }

  /** A suggestion for a probable misspelling, if parsing stops before the end of the text. */
  private meant(last: string): string {
    const { lexer } = this;
    // A name before a parenthesis was parsed as a macro or value, but is probably an operator with a list.
    if (lexer.text[lexer.at] === "(") return didYouMean(last, [...TRANSFORMERS, ...MODIFIERS, "and", "or", "not"]);
    // The compared field was parsed as a macro.
    const field = didYouMean(last, this.short);
    return field === "" ? didYouMean(lexer.wordAhead(), ["and", "or"]) : field;
  }

  items(): readonly Literal[] {
    const { lexer } = this;
    const values: Literal[] = [];
    lexer.blanks();
    if (lexer.atEnd) return values;
    do values.push(this.value());
    while (lexer.take(","));
    if (!lexer.atEnd) lexer.fail("Invalid list item; put the item in quotes.");
    return values;
  }

  private deeper<T>(inner: () => T): T {
    if (++this.depth > MAX_NESTING) this.lexer.fail(`Parentheses are nested deeper than ${MAX_NESTING} levels.`);
    const result = inner();
    this.depth--;
    return result;
  }

  private either(): Condition {
    return this.junction("or", () => this.both());
  }

  private both(): Condition {
    return this.junction("and", () => this.negation());
  }

  private junction(kind: "and" | "or", operand: () => Condition): Condition {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    const operands = [operand()];
    let { at } = lexer;
    lexer.blanks();
    while (lexer.take(kind)) {
      if (lexer.blanks()) operands.push(operand());
      else if (lexer.take("(")) operands.push(this.embedded());
      else lexer.fail(`Expected a space or "(" after "${kind}".`);
      ({ at } = lexer);
      lexer.blanks();
    }
    if (operands.length === 1) return operands[0]!;
    return { kind, operands, place: { origin: lexer.origin, start, end: at } };
  }

  private negation(): Condition {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    let negated = false;
    while (lexer.takeNot()) negated = !negated;
    let operand: Condition;
    if (lexer.take("not(")) {
      negated = !negated;
      operand = this.embedded();
    } else {
      operand = this.check();
    }
    return negated ? { kind: "not", operand, place: lexer.spanFrom(start) } : operand;
  }

  /** Parses a condition in parentheses. */
  private embedded(): Condition {
    return this.deeper(() => {
      const condition = this.either();
      this.lexer.blanks();
      if (!this.lexer.take(")")) this.lexer.fail('Expected ")".');
      return condition;
    });
  }

  private check(): Condition {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    if (lexer.take("(")) return this.embedded();
    const left = this.term();
    if (left !== undefined) return this.test(left, start);
    const name = lexer.takeIdentifier();
    if (name !== undefined) return { kind: "macro", name, place: lexer.spanFrom(start) };
    return lexer.fail('Expected "(", a comparison of a field, or the name of a macro.');
  }

  private test(left: Term, start: number): Test {
    const { lexer } = this;
    const done = (operator: BinaryOperator, modifier: Modifier | undefined, right: Literal | List | Term): Test => ({
      kind: "test",
      left,
      operator,
      modifier,
      right,
      place: lexer.spanFrom(start),
    });
    lexer.blanks();
    if (lexer.take("exists")) {
      return {
        kind: "test",
        left,
        operator: "exists",
        modifier: undefined,
        right: undefined,
        place: lexer.spanFrom(start),
      };
    }
    const numeric = lexer.takeNumericOperator();
    if (numeric !== undefined) {
      const isShort = left.kind === "field" && this.short.has(left.name);
      return done(numeric, undefined, isShort ? this.valueOrTerm() : this.numberOrTerm());
    }
    const textual = lexer.takeStringOperator();
    if (textual !== undefined) {
      const modifier = textual.blank ? lexer.takeModifier() : undefined;
      const right = modifier === undefined ? this.valueOrTerm() : this.list();
      return done(textual.operator, modifier, right);
    }
    const listed = lexer.takeListOperator();
    if (listed !== undefined) return done(listed, undefined, this.listOrTerm());
    const question = didYouMean(lexer.wordAhead(), OPERATORS);
    return lexer.fail(`Expected an operator, one of: ${OPERATORS.join(", ")}.${question}`);
  }

  private numberOrTerm(): Literal | Term {
    const { lexer } = this;
    lexer.blanks();
    const term = this.rightTerm();
    if (term !== undefined) return term;
    const start = lexer.at;
    const text = lexer.takeNumber();
    if (text !== undefined) return { kind: "literal", text, quoted: false, place: lexer.spanFrom(start) };
    return lexer.fail(`Expected a number, or a field inside one of: ${KNOWN_TRANSFORMERS}.`);
  }

  private valueOrTerm(): Literal | Term {
    this.lexer.blanks();
    return this.rightTerm() ?? this.value();
  }

  private listOrTerm(): List | Term {
    this.lexer.blanks();
    if (this.lexer.text[this.lexer.at] === "(") return this.list();
    return this.rightTerm() ?? this.list();
  }

  /** Parses a quoted or bare value, with surrounding blanks. */
  private value(): Literal {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    const quoted = lexer.takeQuoted();
    const text = quoted ?? lexer.takeBareText();
    if (text === undefined) {
      return lexer.fail(
        `Expected a value: a word, a string in matching quotes, or a field inside one of: ${KNOWN_TRANSFORMERS}.`,
      );
    }
    const place = lexer.spanFrom(start);
    lexer.blanks();
    return { kind: "literal", text, quoted: quoted !== undefined, place };
  }

  /** Parses a list in parentheses, or the bare name of a list. */
  private list(): List {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    if (!lexer.take("(")) {
      const text = lexer.takeIdentifier();
      if (text === undefined) return lexer.fail("Expected a list in parentheses, or the name of a list.");
      const place = lexer.spanFrom(start);
      return { kind: "list", items: [{ kind: "literal", text, quoted: false, place }], place };
    }
    const items: Literal[] = [];
    lexer.blanks();
    if (!lexer.take(")")) {
      do items.push(this.value());
      while (lexer.take(","));
      if (!lexer.take(")")) lexer.fail('Expected "," or the ")" that ends the list.');
    }
    return { kind: "list", items, place: lexer.spanFrom(start) };
  }

  /** Parses a field, or a transformer with its operands; undefined if neither starts here. */
  term(): Term | undefined {
    const { lexer } = this;
    const start = lexer.at;
    const name = lexer.takeFieldName() ?? lexer.takeOneOf(this.short);
    if (name !== undefined) return this.field(name, start);
    const transformer = lexer.takeTransformer();
    if (transformer !== undefined) return this.transform(transformer, start);
    return undefined;
  }

  private field(name: string, start: number): FieldTerm {
    const argument = this.argument();
    return { kind: "field", name, argument, place: this.lexer.spanFrom(start) };
  }

  /** Parses the argument in brackets, if any. */
  private argument(): string | undefined {
    const { lexer } = this;
    if (!lexer.take("[")) return undefined;
    const argument = lexer.takeQuoted() ?? lexer.takeBareArgument();
    if (argument === undefined) return lexer.fail("Expected a word or a string in quotes between the brackets.");
    if (!lexer.take("]")) lexer.fail('Expected "]".');
    return argument;
  }

  /**
   * Parses a term on the right side of an operator: a transformer, including `val(…)`. A field without `val` is a plain
   * word there.
   */
  private rightTerm(): Term | undefined {
    const { lexer } = this;
    const start = lexer.at;
    if (lexer.take("val(")) {
      lexer.blanks();
      const fieldStart = lexer.at;
      const name = lexer.takeFieldName();
      if (name === undefined) return lexer.fail('"val" requires a field.');
      const operand = this.field(name, fieldStart);
      lexer.blanks();
      if (!lexer.take(")")) lexer.fail('Expected ")".');
      const argument = this.argument();
      return { kind: "transform", name: "val", operands: [operand], argument, place: lexer.spanFrom(start) };
    }
    const transformer = lexer.takeTransformer();
    return transformer === undefined ? undefined : this.transform(transformer, start);
  }

  /** Parses the operands of a transformer. */
  private transform(name: string, start: number): TransformTerm {
    const { lexer } = this;
    return this.deeper(() => {
      const operands: TransformOperand[] = [];
      do operands.push(this.operand());
      while (lexer.take(","));
      if (!lexer.take(")")) lexer.fail(`Expected the ")" that ends "${name}".`);
      const argument = this.argument();
      return { kind: "transform", name, operands, argument, place: lexer.spanFrom(start) };
    });
  }

  /** Parses an operand of a transformer, with surrounding blanks. */
  private operand(): TransformOperand {
    const { lexer } = this;
    lexer.blanks();
    const start = lexer.at;
    const operand = lexer.take("(") ? this.tuple(start) : this.scalarOperand(start);
    lexer.blanks();
    return operand;
  }

  private scalarOperand(start: number): TransformOperand {
    const { lexer } = this;
    const number = lexer.takeNumber();
    if (number !== undefined) return { kind: "literal", text: number, quoted: false, place: lexer.spanFrom(start) };
    const text = lexer.takeQuoted();
    if (text !== undefined) return { kind: "literal", text, quoted: true, place: lexer.spanFrom(start) };
    const term = this.term();
    if (term !== undefined) return term;
    return lexer.fail("Expected a field, a transformer, a string in quotes, a number or a list of these.");
  }

  private tuple(start: number): TupleTerm {
    const { lexer } = this;
    const items: TransformOperand[] = [];
    lexer.blanks();
    if (!lexer.take(")")) {
      do {
        lexer.blanks();
        items.push(this.scalarOperand(lexer.at));
        lexer.blanks();
      } while (lexer.take(","));
      if (!lexer.take(")")) lexer.fail('Expected "," or the ")" that ends the list.');
    }
    return { kind: "tuple", items, place: lexer.spanFrom(start) };
  }
}
