import type { Condition, Junction, Span as Stretch } from "../condition/ast.ts";
import type { Bound, BoundJunction, BoundNegation, Leaf } from "../condition/bound.ts";
import { parse } from "../condition/parse.ts";
import type { Definitions } from "../rule/definitions.ts";
import { withExceptions } from "../rule/exception.ts";
import { isWord, substituteLists } from "../rule/list-substitution.ts";
import type { Location } from "../rule/location.ts";
import type { MappedText } from "../rule/mapped-text.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { itemAt } from "./item-at.ts";

/** A node of the tree of a condition, as written in the rule file, with its compiled form. */
export interface Part {
  readonly kind: "and" | "or" | "not" | "macro" | "exception" | "test";
  /** Name of a macro or exception; "" for other kinds. */
  readonly name: string;
  /** Source text on one line, with unexpanded macros and lists. */
  readonly text: string;
  /** Position in the rule file. */
  readonly place: Location;
  /** Compiled form; for a macro, the form of its body. */
  readonly bound: Bound;
  /** Children: none for a test; one for `not`, a macro or an exception. */
  readonly parts: readonly Part[];
}

/** Returns the compiled form of a part of kind `test`. */
export function leafOf({ bound }: Part): Leaf {
  switch (bound.kind) {
    case "and":
    case "or":
    case "not":
      throw new Error("This part of the condition is not a test.");
    default:
      return bound;
  }
}

/** Trees of the conditions of rules. */
export interface ConditionTrees {
  /** Returns the condition of a rule with its exceptions. A macro that is used twice yields the same part twice. */
  of(rule: LoadedRule): Part;
}

/** @param definitions definitions from which the rules were compiled */
export function conditionTrees({ macros, lists }: Definitions): ConditionTrees {
  const odd = new Map([...lists.values()].filter(({ name }) => !isWord(name)).map(({ name, items }) => [name, items]));
  const texts = new Map<string, Text>();

  function textOf(traced: MappedText, fallback: Location, origin: string): Text {
    const { text } = odd.size === 0 ? traced : substituteLists(traced.text, odd, origin);
    return { text, traced, fallback, condition: parse(text, origin) };
  }

  function macroText(name: string): Text {
    let known = texts.get(name);
    if (known === undefined) {
      const macro = macros.get(name);
      if (macro === undefined) throw new Error(`Macro "${name}" is not in the definitions.`);
      known = textOf(macro.condition, macro.place, name);
      texts.set(name, known);
    }
    return known;
  }

  return {
    of(rule) {
      const { definition, bound } = rule;
      const { condition, exceptions, place } = definition;
      const own = textOf(withExceptions(condition, exceptions), place, "");
      const made = new Map<Bound, Map<string, Part>>();

      function part(node: Condition, of: Bound, exception?: Location): Part {
        const source = node.place.origin === "" ? own : macroText(node.place.origin);
        const at = exception === undefined ? placeIn(node.place, source) : valuePlace(node, own, exception);
        const common = { name: "", text: written(node.place, source), place: at, bound: of };
        switch (node.kind) {
          case "macro":
            return { ...common, kind: "macro", name: node.name, parts: [macro(node.name, of)] };
          case "test":
            return { ...common, kind: "test", parts: [] };
          case "not":
            return { ...common, kind: "not", parts: [part(node.operand, negationIn(of).operand, exception)] };
          default: {
            const { operands } = junctionIn(of);
            const parts = node.operands.map((operand, i) => part(operand, itemAt(operands, i), exception));
            return { ...common, kind: node.kind, parts };
          }
        }
      }

      function macro(name: string, of: Bound): Part {
        const byName = made.get(of) ?? new Map<string, Part>();
        made.set(of, byName);
        const known = byName.get(name);
        if (known !== undefined) return known;
        const body = part(macroText(name).condition, of);
        byName.set(name, body);
        return body;
      }

      const named = exceptions.filter(({ values }) => values.length > 0);
      const root = own.condition;
      if (named.length === 0) return part(root, bound.condition);
      // `(condition) and not (…) and not (…)`: the operands after the condition are the exceptions.
      const { operands } = junction(root);
      const bounds = junctionIn(bound.condition).operands;
      const main = part(itemAt(operands, 0), itemAt(bounds, 0));
      const excepted = named.map((exception, i): Part => {
        const body = part(itemAt(operands, i + 1), itemAt(bounds, i + 1), exception.place);
        return { ...body, kind: "exception", name: exception.name, place: exception.place, parts: [body] };
      });
      // If the condition is a conjunction, its operands and the exceptions are shown on one level.
      const parts = [...(main.kind === "and" ? main.parts : [main]), ...excepted];
      return { ...main, kind: "and", name: "", text: written(root.place, own), bound: bound.condition, parts };
    },
  };
}

interface Text {
  readonly text: string;
  readonly traced: MappedText;
  /** Position of the rule or macro. */
  readonly fallback: Location;
  readonly condition: Condition;
}

function written({ start, end }: Stretch, { text }: Text): string {
  return text.slice(start, end).replace(/\s+/g, " ").trim();
}

function placeIn({ start }: Stretch, { traced, fallback }: Text): Location {
  return traced.place(start, fallback);
}

/** A compiled condition has the same structure as its source, so the error cannot occur. */
function junctionIn(bound: Bound): BoundJunction {
  if (bound.kind !== "and" && bound.kind !== "or") throw new Error(`Expected "and" or "or", found "${bound.kind}".`);
  return bound;
}

function negationIn(bound: Bound): BoundNegation {
  if (bound.kind !== "not") throw new Error(`Expected "not", found "${bound.kind}".`);
  return bound;
}

function junction(node: Condition): Junction {
  if (node.kind !== "and") throw new Error("A condition with exceptions must be a conjunction.");
  return node;
}

/** An exception lists only values, so each of its tests has the position of its value. */
function valuePlace(node: Condition, source: Text, exception: Location): Location {
  if (node.kind !== "test" || node.right === undefined) return exception;
  const [first = node.right] = node.right.kind === "list" ? node.right.items : [];
  return placeIn(first.place, source);
}
