import { TemplateError } from "./error.ts";
import { arity, functions } from "./functions.ts";
import { MAX_STEPS, STEP_LENGTH, TextLimit } from "./limits.ts";
import type { Body, Command, Node, Operand, Pipeline } from "./parse.ts";
import { fieldOf, isList, isMap, isTrue, sortedKeys, textOf, typeOf, type Value } from "./value.ts";

/**
 * Executes a template.
 * @param quote escapes text that comes from values; the text of the template itself is unchanged
 * @throws TemplateError if execution fails or exceeds a limit
 */
export function execute(body: Body, data: Value, quote?: (text: string) => string): string {
  const run = new Execution(data, quote);
  run.body(body, data);
  return run.result;
}

/** Statement that ended an iteration. */
type Jump = "break" | "continue" | undefined;

class Execution {
  result = "";
  private steps = 0;
  private readonly limit = new TextLimit();
  private readonly quote: ((text: string) => string) | undefined;
  private readonly variables: { readonly name: string; value: Value }[];

  constructor(data: Value, quote: ((text: string) => string) | undefined) {
    this.quote = quote;
    this.variables = [{ name: "$", value: data }];
  }

  private step(text: Value = ""): void {
    this.steps += 1 + (typeof text === "string" ? Math.floor(text.length / STEP_LENGTH) : 0);
    if (this.steps > MAX_STEPS) throw new TemplateError(`the template takes more than ${MAX_STEPS} steps`);
  }

  private write(text: string): void {
    this.result += this.limit.add(text);
  }

  private print({ commands: [first, ...more] }: Pipeline, value: Value): void {
    const text = value === undefined ? "<no value>" : textOf(value);
    const last = more.at(-1)?.operand ?? first?.operand;
    const isSafe = last?.kind === "constant" || (last?.kind === "function" && last.name === "html");
    this.write(this.quote === undefined || isSafe ? text : this.quote(text));
  }

  body(nodes: Body, dot: Value): Jump {
    const before = this.variables.length;
    for (const node of nodes) {
      this.step();
      const jump = this.node(node, dot);
      if (jump === undefined) continue;
      this.variables.length = before;
      return jump;
    }
    this.variables.length = before;
    return undefined;
  }

  private node(node: Node, dot: Value): Jump {
    switch (node.kind) {
      case "text":
        this.write(node.text);
        return undefined;
      case "print": {
        const value = this.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.print(node.pipeline, value);
        return undefined;
      }
      case "break":
      case "continue":
        return node.kind;
    }
    const before = this.variables.length;
    const value = this.pipeline(node.pipeline, dot, node.kind === "range");
    const jump = node.kind === "range" ? this.range(node, value, dot) : this.branch(node, value, dot);
    this.variables.length = before;
    return jump;
  }

  private branch(node: Extract<Node, { body: Body }>, value: Value, dot: Value): Jump {
    if (!isTrue(value)) return this.body(node.other, dot);
    return this.body(node.body, node.kind === "with" ? value : dot);
  }

  private range({ pipeline, body, other }: Extract<Node, { body: Body }>, value: Value, dot: Value): undefined | Jump {
    const items = this.items(value);
    let ran = false;
    for (const [key, item] of items) {
      this.step();
      ran = true;
      const before = this.variables.length;
      const [first, second] = pipeline.variables;
      if (second !== undefined) {
        this.set(first ?? "", key, pipeline.assigns);
        this.set(second, item, pipeline.assigns);
      } else if (first !== undefined) this.set(first, item, pipeline.assigns);
      const jump = this.body(body, item);
      this.variables.length = before;
      if (jump === "break") break;
    }
    return ran ? undefined : this.body(other, dot);
  }

  private *items(value: Value): Generator<readonly [Value, Value]> {
    if (value === undefined) return;
    if (isList(value)) for (const [i, item] of value.entries()) yield [i, item];
    else if (isMap(value)) for (const key of sortedKeys(value)) yield [key, value.get(key)];
    else if (typeof value === "number") for (let i = 0; i < value; i++) yield [i, i];
    else throw new TemplateError(`range over a value of type ${typeOf(value)}`);
  }

  private set(name: string, value: Value, assigns: boolean): void {
    const known = assigns ? this.variables.findLast((each) => each.name === name) : undefined;
    if (known === undefined) this.variables.push({ name, value });
    else known.value = value;
  }

  private pipeline({ commands, variables, assigns }: Pipeline, dot: Value, isRange = false): Value {
    let value: Value;
    for (const [i, command] of commands.entries()) value = this.command(command, dot, i === 0 ? [] : [value]);
    if (!isRange) for (const name of variables) this.set(name, value, assigns);
    return value;
  }

  private command({ operand, args }: Command, dot: Value, piped: readonly Value[]): Value {
    this.step();
    if (operand.kind !== "function") {
      const given = [...args.map((each) => this.operand(each, dot, [])), ...piped];
      return this.operand(operand, dot, given);
    }
    const { name } = operand;
    const [least, most] = arity[name] ?? [0, Number.POSITIVE_INFINITY];
    const count = args.length + piped.length;
    if (count < least || count > most) throw new TemplateError(`wrong number of arguments for ${name}: ${count}`);
    if (name !== "and" && name !== "or") {
      const result = functions[name]?.([...args.map((each) => this.operand(each, dot, [])), ...piped]);
      this.step(result);
      return typeof result === "string" ? new TextLimit().add(result) : result;
    }
    let value: Value;
    for (const each of args) {
      value = this.operand(each, dot, []);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  private operand(operand: Operand, dot: Value, args: readonly Value[]): Value {
    if (operand.kind === "constant") return operand.value;
    if (operand.kind === "function") return this.command({ operand, args: [] }, dot, []);
    const { base, fields } = operand;
    const last = fields.length - 1;
    let value =
      base === "dot" ? dot : "variable" in base ? this.variable(base.variable) : this.pipeline(base.pipeline, dot);
    if (args.length > 0 && last < 0) throw new TemplateError("a value takes no arguments");
    for (const [i, field] of fields.entries()) {
      value = fieldOf(value, field, i === last ? args : []);
      this.step(value);
    }
    return value;
  }

  private variable(name: string): Value {
    return this.variables.findLast((each) => each.name === name)?.value;
  }
}
