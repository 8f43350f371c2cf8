// Writes a rule file with many rules: rules of other files with changed constants (names of programs, paths, prefixes,
// addresses, users). Exclusions (`not …`) are not changed.
//
//   node test/many-rules.ts COUNT FILE… > many.yaml
import { readFileSync } from "node:fs";
import { parse as parseYaml, stringify } from "yaml";
import type { Condition, Literal, Test } from "../src/condition/ast.ts";
import { parse } from "../src/condition/parse.ts";
import { conditionText } from "../src/condition/print.ts";

interface Seed {
  readonly rule: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: string;
}

interface Item extends Partial<Seed> {
  readonly macro?: string;
  readonly list?: string;
  readonly items?: readonly unknown[];
  readonly source?: string;
  readonly append?: boolean;
  readonly override?: unknown;
}

/** Fields whose constants differ between rules with the same structure. */
const CHANGED =
  /^(?:proc\.(?:[ap]?name|p?exe(?:path)?|[ap]?exepath|p?cmdline|args|aname|acmdline|cwd)|fd\.(?:name(?:raw)?|filename|directory|[cslr]?ip|net|[cslr]net|[cslr]?port|sip|snet|sport|dip)|evt\.arg\.(?:path|name|filename|newpath|oldpath|target|linkpath)|fs\.path\.(?:name|source|target)|user\.(?:name|loginname)|container\.(?:name|image(?:\.repository)?)|k8s\.ns\.name)\b/;

/**
 * Returns the text of a rule file with variants of the rules in `files`, whose macros and lists it needs.
 * @param isSame returns whether a rule keeps its constants
 */
export function manyRules(files: readonly string[], count: number, isSame = (_: number): boolean => false): string {
  const items = files.flatMap((file) => (parseYaml(readFileSync(file, "utf8")) ?? []) as Item[]);
  const macros = new Map<string, Condition>();
  const lists = new Map<string, string[]>();
  const seeds: Seed[] = [];
  for (const item of items) {
    if (item.append === true || item.override !== undefined) continue;
    if (item.macro !== undefined) macros.set(item.macro, parse(String(item.condition), item.macro));
    else if (item.list !== undefined) lists.set(item.list, (item.items ?? []).map(String));
    else if (item.rule !== undefined && (item.source ?? "syscall") === "syscall" && item.condition !== undefined)
      seeds.push(item as Seed); // the item has the field of a rule
  }
  const changer = new Changer(macros, lists);
  const rules = Array.from({ length: count }, (_, i) => {
    const { rule, condition, output, priority } = seeds[i % seeds.length]!;
    return {
      rule: `${rule} ${i}`,
      desc: "One of many rules.",
      condition: isSame(i) ? condition : conditionText(changer.change(parse(condition, ""), i)),
      output,
      priority,
    };
  });
  return stringify(rules, { lineWidth: 0 });
}

class Changer {
  private readonly macros: ReadonlyMap<string, Condition>;
  private readonly lists: ReadonlyMap<string, readonly string[]>;
  private isChanged = false;

  constructor(macros: ReadonlyMap<string, Condition>, lists: ReadonlyMap<string, readonly string[]>) {
    this.macros = macros;
    this.lists = lists;
  }

  /**
   * Returns a condition with other constants. Adds a unique program name if the condition has no constants to change.
   */
  change(condition: Condition, n: number): Condition {
    this.isChanged = false;
    const changed = this.changed(condition, n);
    if (this.isChanged) return changed;
    return { kind: "and", operands: [changed, parse(`proc.name = program-${n}`, "")], place: condition.place };
  }

  private changed(condition: Condition, n: number): Condition {
    switch (condition.kind) {
      case "not":
        return condition;
      case "macro": {
        const inner = this.macros.get(condition.name);
        if (inner === undefined) return condition;
        const changed = this.changed(inner, n);
        return changed === inner ? condition : changed;
      }
      case "test":
        return this.test(condition, n);
      default: {
        const operands = condition.operands.map((operand) => this.changed(operand, n));
        return operands.every((operand, i) => operand === condition.operands[i])
          ? condition
          : { ...condition, operands };
      }
    }
  }

  private test(test: Test, n: number): Test {
    const { left, right, operator } = test;
    if (left.kind !== "field" || !CHANGED.test(left.name) || operator === "!=" || operator === "exists") return test;
    if (right?.kind === "literal") {
      const items = right.quoted ? undefined : this.lists.get(right.text);
      this.isChanged = true;
      if (items === undefined) return { ...test, right: other(right, n) };
      return { ...test, right: { kind: "list", items: this.items(items, n, right), place: right.place } };
    }
    if (right?.kind !== "list") return test;
    this.isChanged = true;
    const texts = right.items.flatMap((item) => (item.quoted ? [item] : this.items([item.text], undefined, item)));
    return { ...test, right: { ...right, items: texts.map((item) => other(item, n)) } };
  }

  /** Returns the items of a list, including the items of nested lists. */
  private items(items: readonly string[], n: number | undefined, like: Literal): Literal[] {
    return items.flatMap((text) => {
      const inner = this.lists.get(text);
      if (inner !== undefined) return this.items(inner, n, like);
      const item = { ...like, text, quoted: true };
      return [n === undefined ? item : other(item, n)];
    });
  }
}

/** Returns another constant of the same kind. */
function other(literal: Literal, n: number): Literal {
  return { ...literal, text: otherText(literal.text, n), quoted: true };
}

function otherText(text: string, n: number): string {
  if (/^\d+$/.test(text)) return String((Number(text) + 7 * n) % 65_536);
  if (/^\d+\.\d+\.\d+\.\d+(?:\/\d+)?$/.test(text)) {
    const bits = text.includes("/") ? "/32" : "";
    return `198.${18 + (n & 1)}.${(n >> 9) & 255}.${(n >> 1) & 255}${bits}`;
  }
  return text.includes(":") && !text.includes("/") ? text : `${text}${text.endsWith("/") ? `${n}/` : `.${n}`}`;
}

if (import.meta.filename === process.argv[1]) {
  const [count = "10000", ...files] = process.argv.slice(2);
  process.stdout.write(manyRules(files, Number(count)));
}
