/**
 * Pieces of JavaScript. A piece is made by {@link js} from other pieces only: a value of a rule can't become text of a
 * program, because it enters as a {@link Constants} name or not at all.
 */
export class Code {
  readonly text: string;
  /** For the functions of this file. */
  constructor(text: TemplateStringsArray | string, made: typeof MADE) {
    if (made !== MADE) throw new TypeError("Code is made by js`…` only.");
    this.text = String(text);
  }
}

const MADE = Symbol("made here");

/** A piece from a template whose holes are pieces. */
export function js(parts: TemplateStringsArray, ...holes: readonly Code[]): Code {
  let text = parts[0]!;
  for (let i = 0; i < holes.length; i++) text += holes[i]!.text + parts[i + 1];
  return new Code(text, MADE);
}

/** Pieces with a separator between them. */
export function joined(pieces: readonly Code[], separator: "," | ";" | "||" | "&&" | "\n"): Code {
  return new Code(pieces.map((piece) => piece.text).join(separator), MADE);
}

/** A whole number in the program's text. */
export function integer(value: number): Code {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`);
  return new Code(value < 0 ? `(${value})` : `${value}`, MADE);
}

/** The n-th variable of a kind. */
export function variable(kind: "k" | "f" | "c", n: number): Code {
  return new Code(`${kind}${integer(n).text}`, MADE);
}

/** The values that a program works with, each under one name. */
export class Constants {
  private readonly values: unknown[] = [];
  private readonly names = new Map<unknown, Code>();

  /** The name of a value. */
  name(value: unknown): Code {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = variable("k", this.values.length);
    this.values.push(value);
    this.names.set(value, name);
    return name;
  }

  /**
   * The value of a piece that is an expression over these names.
   * @returns what it evaluates to; the caller says what that is
   */
  evaluate(expression: Code): unknown {
    const names = this.values.map((_, i) => variable("k", i));
    const declared = names.map((name, i) => js`const ${name} = K[${integer(i)}]`);
    const program = js`"use strict";${joined(declared, ";")};return ${expression};`;
    return new Function("K", program.text)(this.values);
  }
}
