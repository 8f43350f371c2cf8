import { TemplateError } from "./error.ts";
import { functions } from "./functions.ts";
import { lex, type Token } from "./lex.ts";
import { MAX_DEPTH, MAX_LENGTH } from "./limits.ts";

/** A node of a template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | { readonly kind: "if" | "with" | "range"; readonly pipeline: Pipeline; readonly body: Body; readonly other: Body }
  | { readonly kind: "break" | "continue" };
export type Body = readonly Node[];

/** A sequence of commands. Each command receives the previous result as its last argument. */
export interface Pipeline {
  /** Variables that receive the result. */
  readonly variables: readonly string[];
  /** Whether the variables must already be defined (`=`). */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** A function, a method or a value, with arguments. */
export interface Command {
  readonly operand: Operand;
  readonly args: readonly Operand[];
}

export type Operand =
  | { readonly kind: "constant"; readonly value: string | number | boolean | undefined }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "dot" | "variable" | "pipeline"; readonly base: Base; readonly fields: readonly string[] };
export type Base = { readonly variable: string } | { readonly pipeline: Pipeline } | "dot";

const UNSUPPORTED = new Set(["define", "template", "block"]);

/**
 * Parses a template.
 * @throws TemplateError with the offset
 */
export function parse(template: string): Body {
  if (template.length > MAX_LENGTH) throw new TemplateError(`the template has more than ${MAX_LENGTH} characters`, 0);
  return new Parser(lex(template), template.length).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly end: number;
  private at = 0;
  private depth = 0;
  private loops = 0;
  /** Variables in scope. */
  private variables: string[] = ["$"];

  constructor(tokens: readonly Token[], end: number) {
    this.tokens = tokens;
    this.end = end;
  }

  parse(): Body {
    const { body, ended } = this.body();
    if (ended !== "") throw this.error(`{{${ended}}} has no block`, this.tokens[this.at - 1]);
    return body;
  }

  private error(message: string, token = this.tokens[this.at]): TemplateError {
    return new TemplateError(message, token?.offset ?? this.end);
  }

  private peek(text: string): boolean {
    return this.tokens[this.at]?.text === text && this.tokens[this.at]?.kind !== "string";
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at++;
    return true;
  }

  private expectClose(): void {
    if (this.tokens[this.at]?.kind !== "close") throw this.error("expected }}");
    this.at++;
  }

  private deeper<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.error(`the template has more than ${MAX_DEPTH} levels`);
    const result = read();
    this.depth--;
    return result;
  }

  /** Parses nodes up to `{{end}}` or `{{else}}`, and consumes that keyword. */
  private body(): { readonly body: Body; readonly ended: "" | "end" | "else" } {
    const body: Node[] = [];
    while (this.at < this.tokens.length) {
      const token = this.tokens[this.at++];
      if (token?.kind === "text") {
        body.push({ kind: "text", text: token.text });
        continue;
      }
      const word = this.tokens[this.at]?.kind === "word" ? (this.tokens[this.at]?.text ?? "") : "";
      if (word === "end" || word === "else") {
        this.at++;
        return { body, ended: word };
      }
      body.push(this.action(word));
    }
    return { body, ended: "" };
  }

  private action(word: string): Node {
    if (UNSUPPORTED.has(word)) throw this.error(`{{${word}}} is not supported`);
    if (word === "if" || word === "with" || word === "range") {
      const open = this.at++;
      return this.deeper(() => this.control(word, open));
    }
    if (word === "break" || word === "continue") {
      if (this.loops === 0) throw this.error(`{{${word}}} is not in a range`);
      this.at++;
      this.expectClose();
      return { kind: word };
    }
    const pipeline = this.pipeline(false);
    this.expectClose();
    return { kind: "print", pipeline };
  }

  private control(kind: "if" | "with" | "range", open: number): Node {
    const before = this.variables.length;
    const pipeline = this.pipeline(kind === "range");
    this.expectClose();
    if (kind === "range") this.loops++;
    const inner = this.variables.length;
    const { body, ended } = this.body();
    if (kind === "range") this.loops--;
    this.variables.length = inner;
    const other = ended === "else" ? this.otherwise(kind) : [];
    if (ended === "") throw this.error(`{{${kind}}} has no {{end}}`, this.tokens[open]);
    if (ended === "end") this.expectClose();
    this.variables.length = before;
    return { kind, pipeline, body, other };
  }

  /** Parses the part after `{{else`, which may continue with `if` or `with`. */
  private otherwise(kind: "if" | "with" | "range"): Body {
    if (kind !== "range" && this.peek(kind)) {
      const open = this.at++;
      return [this.deeper(() => this.control(kind, open))];
    }
    this.expectClose();
    const { body, ended } = this.body();
    if (ended !== "end") throw this.error("expected {{end}}");
    this.expectClose();
    return body;
  }

  private pipeline(isRange: boolean): Pipeline {
    const { variables, assigns } = this.declaration(isRange);
    const commands = [this.command()];
    while (this.take("|")) commands.push(this.command());
    for (const [i, { operand }] of commands.entries())
      if (operand.kind === "constant" && (i > 0 || operand.value === undefined))
        throw this.error(operand.value === undefined ? "nil is not a command" : "a constant takes no arguments");
    if (!assigns) this.variables.push(...variables);
    return { variables, assigns, commands };
  }

  /** Parses `$x :=` or `$x =`; in a range also `$i, $x :=`. */
  private declaration(isRange: boolean): Pick<Pipeline, "variables" | "assigns"> {
    const [first, second, third, fourth] = this.tokens.slice(this.at, this.at + 4);
    const isSign = (token: Token | undefined): boolean =>
      token?.kind === "sign" && (token.text === ":=" || token.text === "=");
    if (first?.kind !== "variable") return { variables: [], assigns: false };
    const isPair = isRange && second?.text === "," && third?.kind === "variable" && isSign(fourth);
    if (!isPair && !isSign(second)) return { variables: [], assigns: false };
    const variables = isPair && third !== undefined ? [first.text, third.text] : [first.text];
    const assigns = (isPair ? fourth : second)?.text === "=";
    for (const name of assigns ? variables : [])
      if (!this.variables.includes(name)) throw this.error(`the variable ${name} is not defined`);
    this.at += isPair ? 4 : 2;
    return { variables, assigns };
  }

  private command(): Command {
    const operands: Operand[] = [];
    while (!this.peek("|") && !this.peek(")") && this.tokens[this.at]?.kind !== "close") {
      if (this.at >= this.tokens.length) throw this.error("{{ is not closed");
      if (operands.length > 0 && !this.tokens[this.at]?.space) throw this.error("a space is missing");
      operands.push(this.operand());
    }
    const [operand, ...args] = operands;
    if (operand === undefined) throw this.error("a value is missing");
    if (operand.kind === "constant" && args.length > 0) throw this.error("a constant takes no arguments");
    return { operand, args };
  }

  private operand(): Operand {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.error("a value is missing");
    switch (token.kind) {
      case "string":
        return { kind: "constant", value: token.text };
      case "number":
        return { kind: "constant", value: this.number(token) };
      case "word":
        return this.word(token);
      case "dot":
        return { kind: "dot", base: "dot", fields: this.fields() };
      case "field":
        return { kind: "dot", base: "dot", fields: [token.text, ...this.fields()] };
      case "variable":
        if (!this.variables.includes(token.text)) throw this.error(`the variable ${token.text} is not defined`, token);
        return { kind: "variable", base: { variable: token.text }, fields: this.fields() };
    }
    if (token.text !== "(") throw this.error(`unexpected ${token.text}`, token);
    const pipeline = this.deeper(() => this.pipeline(false));
    if (!this.take(")")) throw this.error("a parenthesis is not closed", token);
    return { kind: "pipeline", base: { pipeline }, fields: this.fields() };
  }

  private fields(): string[] {
    const fields: string[] = [];
    for (let next = this.tokens[this.at]; next?.kind === "field" && !next.space; next = this.tokens[this.at]) {
      fields.push(next.text);
      this.at++;
    }
    return fields;
  }

  private word(token: Token): Operand {
    const { text } = token;
    if (text === "true" || text === "false") return { kind: "constant", value: text === "true" };
    if (text === "nil") return { kind: "constant", value: undefined };
    if (!Object.hasOwn(functions, text)) throw this.error(`the function ${text} is not defined`, token);
    return { kind: "function", name: text };
  }

  private number(token: Token): number {
    const value = Number(token.text.replaceAll("_", "").replace(/^\+/, ""));
    if (Number.isNaN(value)) throw this.error(`${token.text} is not a number`, token);
    return value;
  }
}
