import type { Condition, Test, TransformOperand } from "../../condition/ast.ts";
import { textOf } from "../../condition/bind.ts";
import { parse } from "../../condition/parse.ts";
import { conditionText } from "../../condition/print.ts";
import { type Lists, resolve } from "../../condition/resolve.ts";
import { EventCode } from "../../event/code.ts";
import { eventTypes } from "../../event/types.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Definitions, ListDefinition, MacroDefinition } from "../../rule/definitions.ts";
import type { Entry } from "../../rule/exception.ts";
import { eventNamesOf } from "../../rule/language.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { printVersion } from "../../rule/version.ts";

/** Event type of document sources. */
const DOCUMENTS = eventTypes.filter(({ code }) => code === EventCode.PLUGINEVENT_E).map(({ name }) => name);

/** A rule and its dependencies, with the keys of Falco's `-l` in JSON. */
export interface RuleRecord {
  readonly info: {
    readonly name: string;
    readonly condition: string;
    readonly priority: string;
    readonly output: string;
    readonly description: string;
    readonly enabled: boolean;
    readonly source: string;
    readonly capture: boolean;
    readonly capture_duration: number;
    readonly tags: readonly string[];
  };
  readonly details: ConditionRecord & {
    readonly output_fields: readonly string[];
    readonly exception_fields: readonly string[];
    readonly exception_names: readonly string[];
    readonly exception_operators: readonly string[];
    readonly output_compiled: string;
  };
}

/** Macros and lists in a condition, and its operators, fields and events after expansion. */
interface ConditionRecord {
  readonly macros: readonly string[];
  readonly lists: readonly string[];
  readonly condition_operators: readonly string[];
  readonly condition_fields: readonly string[];
  readonly events: readonly string[];
  readonly condition_compiled: string;
  readonly plugins: readonly string[];
}

/** All rules, macros and lists, with the keys of Falco's `-L` in JSON. */
export interface Inventory {
  readonly required_engine_version: string;
  readonly required_plugin_versions: readonly object[];
  readonly rules: readonly RuleRecord[];
  readonly macros: readonly object[];
  readonly lists: readonly object[];
}

/** Describes loaded rules. */
export interface Describer {
  rule(rule: LoadedRule): RuleRecord;
  all(rules: readonly LoadedRule[]): Inventory;
}

/** @param definitions definitions from which the rules were compiled */
export function describer(definitions: Definitions): Describer {
  const { macros } = definitions;
  const lists: Lists = new Map([...definitions.lists.values()].map(({ name, items }) => [name, items]));
  const parsed = new Map([...macros.values()].map(({ name, condition }) => [name, parse(condition.text, name)]));

  function condition(written: Condition, resolved: Condition, events: readonly string[]): ConditionRecord {
    const own = walk(written);
    const whole = walk(resolved);
    return {
      macros: sorted(own.macros),
      lists: sorted(own.values.filter((text) => lists.has(text))),
      condition_operators: sorted(whole.operators),
      condition_fields: sorted(whole.fields),
      events,
      condition_compiled: conditionText(resolved),
      plugins: [],
    };
  }

  function rule(loaded: LoadedRule): RuleRecord {
    const { definition, template, bound } = loaded;
    const { exceptions } = definition;
    const { node } = bound.condition;
    return {
      info: {
        name: loaded.name,
        condition: definition.condition.text.trim(),
        priority: loaded.priority,
        output: loaded.output,
        description: loaded.description,
        enabled: loaded.enabled,
        source: loaded.source,
        capture: loaded.capture,
        capture_duration: loaded.captureDuration,
        tags: loaded.tags,
      },
      details: {
        ...condition(
          parse(definition.condition.text),
          node,
          loaded.source === SYSCALL ? eventNamesOf(node) : DOCUMENTS,
        ),
        output_fields: template.fields.map(({ name }) => name),
        exception_fields: sorted(exceptions.flatMap(({ fields }) => texts(fields))),
        exception_names: sorted(exceptions.map(({ name }) => name)),
        exception_operators: sorted(exceptions.flatMap(({ comps }) => texts(comps))),
        output_compiled: template.output,
      },
    };
  }

  function macro({ name, condition: { text } }: MacroDefinition, used: ReadonlySet<string>): object {
    const written = parse(text, name);
    const resolved = resolve(written, parsed, lists).condition;
    return {
      info: { name, condition: text.trim() },
      details: { used: used.has(name), ...condition(written, resolved, eventNamesOf(resolved)) },
    };
  }

  function list({ name, items }: ListDefinition, used: ReadonlySet<string>): object {
    return {
      info: { name, items: items.filter((item) => !lists.has(item)) },
      details: {
        used: used.has(name),
        lists: items.filter((item) => lists.has(item)),
        items_compiled: flat(name, lists, []),
        plugins: [],
      },
    };
  }

  function all(rules: readonly LoadedRule[]): Inventory {
    const used = new Set<string>();
    const use = (written: Condition): void => {
      const { macros: names, values } = walk(written);
      for (const name of names) used.add(name);
      for (const text of values) if (lists.has(text)) used.add(text);
    };
    for (const { condition: text } of rules) use(parse(text));
    for (const written of parsed.values()) use(written);
    for (const items of lists.values()) for (const item of items) if (lists.has(item)) used.add(item);
    return {
      required_engine_version: printVersion(definitions.requiredEngine),
      required_plugin_versions: definitions.requiredPlugins.map(([first, ...alternatives]) => ({
        ...first,
        alternatives,
      })),
      rules: rules.map(rule),
      macros: [...macros.values()].map((each) => macro(each, used)),
      lists: [...definitions.lists.values()].map((each) => list(each, used)),
    };
  }

  return { rule, all };
}

interface Words {
  readonly macros: string[];
  readonly fields: string[];
  readonly operators: string[];
  /** Values that may be list names. */
  readonly values: string[];
}

function walk(condition: Condition, words: Words = { macros: [], fields: [], operators: [], values: [] }): Words {
  if (condition.kind === "macro") words.macros.push(condition.name);
  else if (condition.kind === "not") walk(condition.operand, words);
  else if (condition.kind === "test") walkTest(condition, words);
  else for (const operand of condition.operands) walk(operand, words);
  return words;
}

function walkTest({ left, operator, modifier, right }: Test, words: Words): void {
  words.operators.push(modifier === undefined ? operator : `${operator} ${modifier}`);
  addFields(left, words);
  if (right === undefined) return;
  if (right.kind === "list" || right.kind === "literal") {
    for (const { quoted, text } of right.kind === "list" ? right.items : [right]) if (!quoted) words.values.push(text);
  } else addFields(right, words);
}

function addFields(term: TransformOperand, words: Words): void {
  if (term.kind === "field") words.fields.push(textOf(term));
  else if (term.kind === "transform") for (const operand of term.operands) addFields(operand, words);
  else if (term.kind === "tuple") for (const item of term.items) addFields(item, words);
}

function texts(entry: Entry): string[] {
  return entry.list ? entry.items.flatMap(texts) : entry.text === "" ? [] : [entry.text];
}

function flat(name: string, lists: Lists, path: readonly string[]): string[] {
  const items = path.includes(name) ? undefined : lists.get(name);
  return items === undefined ? [name] : items.flatMap((item) => flat(item, lists, [...path, name]));
}

function sorted(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
