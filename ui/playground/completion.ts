import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { CheckResult, FieldEntry, Vocabulary } from "./protocol.ts";
import { contextAt, type YamlContext } from "./yaml-context.ts";

/** Data for completion: words of the language, and definitions of the current rules. */
export interface CompletionData {
  readonly vocabulary: Vocabulary;
  readonly checked: Pick<CheckResult, "macros" | "lists"> | undefined;
}

const EXCEPTION_KEYS = ["name", "fields", "comps", "values"];
const PLUGIN_KEYS = ["name", "version", "alternatives"];
const BOOLEANS = ["true", "false"];

/** Completion source for rule files. */
export function completionFrom(completionData: () => CompletionData | undefined) {
  return (context: CompletionContext): CompletionResult | null => {
    const words = completionData();
    if (words === undefined) return null;
    const { state, pos, explicit } = context;
    const position = contextAt(state.doc.toString(), pos);
    const options = optionsAt(position, words);
    const word = context.matchBefore(position.path[0] === "output" ? /%?[\w.]*/ : /[\w.-]*/);
    const from = word?.from ?? pos;
    if (options.length === 0 || (from === pos && !explicit && !opensEmpty(position))) return null;
    return { from, options: [...options], validFor: /^%?[\w.-]*$/ };
  };
}

/** Whether the completion list opens before a letter is typed. */
function opensEmpty({ isKey, path, before }: YamlContext): boolean {
  return !isKey && path.length === 1 && (path[0] === "priority" || path[0] === "source") && before === "";
}

/** Returns the completions in a context. */
export function optionsAt(position: YamlContext, completionData: CompletionData): readonly Completion[] {
  return position.isKey ? keysAt(position, completionData) : valuesAt(position, completionData);
}

function keysAt({ item, keys, path }: YamlContext, { vocabulary }: CompletionData): readonly Completion[] {
  const known = (item !== undefined && vocabulary.keys[item]) || [];
  if (path[0] === "exceptions") return EXCEPTION_KEYS.map(key);
  if (path[0] === "required_plugin_versions") return PLUGIN_KEYS.map(key);
  if (path[0] === "override") return known.filter((one) => !["append", "override", item].includes(one)).map(key);
  if (item === undefined) {
    return Object.keys(vocabulary.keys).map((kind) => ({ ...key(kind), boost: kind === "rule" ? 1 : 0 }));
  }
  return known.filter((one) => !keys.includes(one) && one !== item && one !== "append").map(key);
}

function key(name: string): Completion {
  return { label: name, type: "keyword", apply: `${name}: ` };
}

function valuesAt(position: YamlContext, completionData: CompletionData): readonly Completion[] {
  const { path, before, source } = position;
  const { vocabulary, checked } = completionData;
  const [first, inner] = path;
  switch (first) {
    case "condition":
      return conditionCompletions(position, completionData);
    case "output":
      return /%[\w.]*$/.test(before) ? fieldsOf(vocabulary, source).map((field) => fieldCompletion(field, "%")) : [];
    case "priority":
      return vocabulary.priorities.map((label, i) => ({ label, type: "enum", boost: -i }));
    case "source":
      return vocabulary.sources.map((label) => ({ label, type: "enum" }));
    case "enabled":
    case "append":
    case "capture":
    case "warn_evttypes":
    case "skip-if-unknown-filter":
      return BOOLEANS.map((label) => ({ label, type: "constant" }));
    case "items":
      return (checked?.lists ?? []).map(({ name, text }) => ({ label: name, type: "variable", info: text }));
    case "override":
      return ["append", "replace"].map((label) => ({ label, type: "constant" }));
    case "exceptions":
      if (inner === "fields") return fieldsOf(vocabulary, source).map((field) => fieldCompletion(field));
      return inner === "comps" ? vocabulary.operators.slice(3).map((label) => ({ label, type: "operator" })) : [];
    default:
      return [];
  }
}

/** Matches text before an event name, such as `evt.type =` or `evt.type in (a, `. */
const EVENT_NAMES = /\bevt\.type\s*(?:!=|==?|in\s*\((?:\s*[\w]+\s*,)*)\s*\w*$/;
/** Matches text inside the parentheses of a list operator. */
const LIST = /\b(?:in|intersects|pmatch|anyof|allof|oneof)\s*\([^()]*$/;
/** Matches text after an operator that requires a value. */
const VALUE =
  /(?:[=<>]|\b(?:contains|icontains|bcontains|startswith|bstartswith|endswith|iequals|glob|iglob|regex))\s+\w*$/;

function conditionCompletions(
  { before, source }: YamlContext,
  { vocabulary, checked }: CompletionData,
): readonly Completion[] {
  const text = before.replaceAll("\n", " ");
  if (EVENT_NAMES.test(text)) return vocabulary.events.map((label) => ({ label, type: "enum" }));
  const lists = (checked?.lists ?? []).map(
    ({ name, text: info }): Completion => ({ label: name, type: "variable", detail: "list", info }),
  );
  if (LIST.test(text)) return lists;
  if (VALUE.test(text)) return [];
  const macros = (checked?.macros ?? []).map(
    ({ name, text: info }): Completion => ({ label: name, type: "function", detail: "macro", info, boost: 1 }),
  );
  const transformers = vocabulary.transformers.map(
    (name): Completion => ({ label: name, type: "method", detail: "transformer", apply: `${name}(` }),
  );
  const operators = vocabulary.operators
    .filter((operator) => /^\w/.test(operator))
    .map((label): Completion => ({ label, type: "operator", detail: "operator", boost: -1 }));
  return [
    ...fieldsOf(vocabulary, source).map((field) => fieldCompletion(field)),
    ...macros,
    ...transformers,
    ...operators,
  ];
}

function fieldsOf({ fields }: Vocabulary, source = "syscall"): readonly FieldEntry[] {
  return fields.filter(({ sources }) => sources.includes(source));
}

function fieldCompletion({ name, about, type, argument }: FieldEntry, lead = ""): Completion {
  const info = argument === undefined ? about : `${about} (takes an argument: ${name}[…])`;
  return {
    label: `${lead}${name}`,
    type: "property",
    detail: type.toLowerCase(),
    info,
    ...(argument === "required" && { apply: `${lead}${name}[` }),
  };
}
