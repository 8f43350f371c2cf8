/**
 * A piece of JavaScript. {@link js} composes pieces only from other pieces. Values from rules are referenced through
 * {@link Constants} and never inserted as text.
 */
export class Code {
  readonly text: string;
  /** Call only from functions in this file. */
  constructor(text: TemplateStringsArray | string, made: typeof MADE) {
    if (made !== MADE) throw new TypeError("Code can only be created with js`…`.");
    this.text = String(text);
  }
}

const MADE = Symbol("made here");

/** Creates a piece from a template whose values are pieces. */
export function js(parts: TemplateStringsArray, ...holes: readonly Code[]): Code {
  let text = parts[0]!;
  for (let i = 0; i < holes.length; i++) text += holes[i]!.text + parts[i + 1];
  return new Code(text, MADE);
}

/** Pieces joined by a separator. */
export function joined(pieces: readonly Code[], separator: "," | ";" | "||" | "&&" | "\n"): Code {
  return new Code(pieces.map((piece) => piece.text).join(separator), MADE);
}

/** An integer literal. */
export function integer(value: number): Code {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an integer`);
  return new Code(value < 0 ? `(${value})` : `${value}`, MADE);
}

/** The name of the n-th variable of a kind. */
export function variable(kind: "k" | "f" | "c", n: number): Code {
  return new Code(`${kind}${integer(n).text}`, MADE);
}

/** The constants of generated code, each with one name. */
export class Constants {
  private readonly values: unknown[] = [];
  private readonly names = new Map<unknown, Code>();

  /** The name of a constant. */
  name(value: unknown): Code {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = variable("k", this.values.length);
    this.values.push(value);
    this.names.set(value, name);
    return name;
  }

  /**
   * Evaluates a piece as an expression over the constants.
   * @returns the value, whose type the caller asserts
   */
  evaluate(expression: Code): unknown {
    const names = this.values.map((_, i) => variable("k", i));
    const declared = names.map((name, i) => js`const ${name} = K[${integer(i)}]`);
    const program = js`"use strict";${joined(declared, ";")};return ${expression};`;
    return new Function("K", program.text)(this.values);
  }
}
