// Mutants of rule files, response rules and configurations: files whose content is enlarged, nested or repeated.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "../../src/agent/home.ts";
import type { YamlNode } from "../../src/rule/yaml.ts";
import { parsePlainYaml } from "../../src/rule/yaml-plain.ts";
import type { Random } from "../damaged/random.ts";
import type { Bomb, FileKind } from "./bombs.ts";
import { doublingAliases, doublingLists, doublingMacros, manyErrors } from "./bombs.ts";

/** A value of a YAML text that can be changed. */
type Tree = string | Tree[] | { entries: [Tree, Tree][] };

/** Maximum length of a mutant, in characters. Larger files take a long time to load even with limits. */
const MAX_TEXT = 1 << 20;

const CONFIGURATION = `
rules_files: [/etc/rules.yaml, /etc/rules.d]
rules:
  - enable: {rule: "Shell*"}
  - disable: {tag: wip}
json_output: true
append_output:
  - match: {source: syscall, tags: [a]}
    extra_output: "on %evt.hostname"
    extra_fields: [proc.aname[2], {key: "%container.id"}]
outputs: {rate: 1, max_burst: 1000}
stdout_output: {enabled: true}
http_output: {enabled: false, url: "http://localhost", user_agent: a}
static_fields: {a: b}
web_page: {enabled: false}
sources: {k8s_audit: {enabled: true}}
engine: {kind: modern_ebpf, modern_ebpf: {cpus_for_each_buffer: 2}}
`;

const RESPONSES = `
- list: shells
  items: [sh, bash]
- macro: severe
  condition: priority <= Error
- response: kill it
  match: rule contains "shell" and severe and proc.name in (shells)
  actions:
    - action: host:kill
      parameters: {signal: SIGKILL}
  continue: false
- response: tell
  match: tags intersects (a, b) or not source = syscall
  actions: [host:kill]
`;

const sources: Readonly<Record<FileKind, readonly string[]>> = {
  rules: [
    readFileSync(join(home, "rules/syscall.yaml"), "utf8"),
    readFileSync(join(home, "rules/k8s_audit.yaml"), "utf8"),
  ],
  responses: [RESPONSES],
  configuration: [CONFIGURATION],
};

const kinds: readonly FileKind[] = ["rules", "rules", "rules", "responses", "configuration"];

/**
 * Returns a mutant for a random generator; undefined if the mutant is too large to be written as text, which happens
 * once in a few thousand mutants.
 */
export function structureMutant(random: Random): Bomb | undefined {
  try {
    return mutantOf(random);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function mutantOf(random: Random): Bomb {
  const kind = pick(random, kinds);
  const text = pick(random, sources[kind]);
  const tree = treeOf(text, random);
  const names: string[] = [];
  for (let i = 1 + random.below(3); i > 0; i--) {
    const mutator = pick(random, treeMutators);
    names.push(mutator.name);
    mutator(tree, random);
  }
  let out = write(tree);
  for (let i = random.below(3); i > 0; i--) {
    const mutator = pick(random, textMutators);
    names.push(mutator.name);
    out = mutator(out.slice(0, MAX_TEXT), random);
  }
  return { name: names.join(", "), kind, text: out.slice(0, MAX_TEXT) };
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new RangeError("Nothing to pick from.");
  return picked;
}

/** Returns a number from 2^0 to 2^limit. Each power of two is equally likely. */
const power = (random: Random, limit: number): number => 2 ** random.below(limit + 1);

/** Returns some items of a file, since mutants of all items would be too large. */
function treeOf(text: string, random: Random): Tree[] | { entries: [Tree, Tree][] } {
  const parsed = parsePlainYaml(text);
  const root = parsed !== undefined && "documents" in parsed ? parsed.documents[0] : undefined;
  const tree = root === undefined ? [] : convert(root);
  if (typeof tree === "string") return [tree];
  if (!Array.isArray(tree)) return tree;
  const from = random.below(tree.length);
  return tree.slice(0, 40).concat(tree.slice(from, from + 20));
}

function convert(node: YamlNode): Tree {
  if (node.kind === "scalar") return node.text;
  if (node.kind === "sequence") return node.items.map(convert);
  return { entries: node.entries.map(({ key, value }): [Tree, Tree] => [convert(key), convert(value)]) };
}

/** Returns a copy, since a shared value would grow in all places of the tree at the same time. */
function copyOf(tree: Tree): Tree {
  return JSON.parse(JSON.stringify(tree)) as Tree; // has the same type
}

/** A place in a tree whose value can be replaced. */
interface Slot {
  readonly value: Tree;
  set(value: Tree): void;
}

function slotsOf(tree: Tree, found: Slot[] = []): Slot[] {
  if (typeof tree === "string" || found.length > 20_000) return found;
  if (Array.isArray(tree)) {
    for (const [i, value] of tree.entries()) {
      found.push({ value, set: (next) => (tree[i] = next) });
      slotsOf(value, found);
    }
    return found;
  }
  for (const entry of tree.entries) {
    found.push({ value: entry[0], set: (next) => (entry[0] = next) });
    found.push({ value: entry[1], set: (next) => (entry[1] = next) });
    slotsOf(entry[1], found);
  }
  return found;
}

function slot(tree: Tree, random: Random, wanted: (value: Tree) => boolean = () => true): Slot | undefined {
  const slots = slotsOf(tree).filter(({ value }) => wanted(value));
  return slots.length === 0 ? undefined : pick(random, slots);
}

const isText = (value: Tree): boolean => typeof value === "string";
const isCondition = (value: Tree): boolean => typeof value === "string" && / (?:in|and|or|=|contains) /.test(value);
const isList = (value: Tree): boolean => Array.isArray(value);

type TreeMutator = (tree: Tree, random: Random) => void;

function changeText(wanted: (value: Tree) => boolean, change: (text: string, random: Random) => string): TreeMutator {
  return (tree, random) => {
    const found = slot(tree, random, wanted);
    if (typeof found?.value === "string") found.set(change(found.value, random).slice(0, MAX_TEXT));
  };
}

const named = (name: string, mutator: TreeMutator): TreeMutator =>
  Object.defineProperty(mutator, "name", { value: name });

const treeMutators: readonly TreeMutator[] = [
  named("nest", (tree, random) => {
    const found = slot(tree, random);
    let value: Tree = found?.value ?? "x";
    for (let i = power(random, 12); i > 0; i--) value = random.below(2) === 0 ? [value] : { entries: [["k", value]] };
    found?.set(value);
  }),
  named("repeat member", (tree, random) => {
    const found = slot(tree, random, isList);
    if (!Array.isArray(found?.value) || found.value.length === 0) return;
    const member = pick(random, found.value);
    const count = Math.min(power(random, 15), MAX_TEXT / write(member).length);
    for (let i = 0; i < count; i++) found.value.push(copyOf(member));
  }),
  named("repeat member with other names", (tree, random) => {
    const found = slot(tree, random, isList);
    if (!Array.isArray(found?.value) || found.value.length === 0) return;
    const member = JSON.stringify(pick(random, found.value));
    const count = Math.min(power(random, 14), MAX_TEXT / member.length);
    for (let i = 0; i < count; i++) {
      // Changes the first text, which is the name of a rule, a macro or a list.
      found.value.push(JSON.parse(member.replace(/("(?:rule|macro|list|response)",")/, `$1${i} `)) as Tree);
    }
  }),
  named("repeat keys", (tree, random) => {
    const found = slot(tree, random, (value) => typeof value !== "string" && !Array.isArray(value));
    if (found === undefined || typeof found.value === "string" || Array.isArray(found.value)) return;
    const [key = "k", value = "v"] = found.value.entries[0] ?? [];
    const count = Math.min(power(random, 14), MAX_TEXT / (write(value).length + 1));
    const same = random.below(2) === 0;
    for (let i = 0; i < count; i++) found.value.entries.push([same ? key : `${i}${String(key)}`, copyOf(value)]);
  }),
  named(
    "long text",
    changeText(isText, (text, random) => (text || "x").repeat(power(random, 16))),
  ),
  named(
    "long word",
    changeText(
      isText,
      (text, random) => text + pick(random, ["a", "%", ".", "(", "[", "\\", '"', "*", "é"]).repeat(power(random, 16)),
    ),
  ),
  named(
    "nested parentheses",
    changeText(isCondition, (text, random) => {
      const levels = power(random, 14);
      return "(".repeat(levels) + text + ")".repeat(levels);
    }),
  ),
  named(
    "nested negations",
    changeText(isCondition, (text, random) => {
      const levels = power(random, 14);
      return "not (".repeat(levels) + text + ")".repeat(levels);
    }),
  ),
  named(
    "nested junctions",
    changeText(isCondition, (text, random) => {
      let out = text;
      for (let i = power(random, 9); i > 0; i--)
        out = `(${out} ${pick(random, ["and", "or", "and not", "or not"])} proc.pid=${i})`;
      return out;
    }),
  ),
  named(
    "long junction",
    changeText(isCondition, (text, random) => {
      const word = pick(random, [" and ", " or ", " and not ", " or not "]);
      const test = pick(random, [
        "proc.name=a",
        "fd.name startswith /a",
        "evt.type=open",
        "fd.sip=1.2.3.",
        "proc.aname[1] contains b",
        "nothing.of=1",
      ]);
      return text + Array.from({ length: power(random, 14) }, (_, i) => `${word}${test}${i}`).join("");
    }),
  ),
  named(
    "long list",
    changeText(isCondition, (text, random) => {
      const operator = pick(random, [
        "in",
        "pmatch",
        "intersects",
        "regex anyof",
        "glob oneof",
        "icontains allof",
        "startswith anyof",
      ]);
      const value = pick(random, ["a", "/a/*/", "(a|b)*", "[a-z]", "1.2.3."]);
      return `${text} and fd.name ${operator} (${Array.from({ length: power(random, 14) }, (_, i) => `"${value}${i}"`).join(", ")})`;
    }),
  ),
  named(
    "nested transformers",
    changeText(isCondition, (text, random) => {
      const levels = power(random, 10);
      return `${text} and ${pick(random, ["tolower(", "len(", "concat(proc.name, ", "b64("]).repeat(levels)}proc.name${")".repeat(levels)} = a`;
    }),
  ),
  named("misspelled fields", (tree) => {
    for (const found of slotsOf(tree))
      if (isCondition(found.value)) found.set(String(found.value).replace(/\b(proc|fd|evt)\./g, "$1x."));
  }),
  named("missing keys", (tree, random) => {
    for (const found of slotsOf(tree))
      if (typeof found.value !== "string" && !Array.isArray(found.value) && found.value.entries.length > 1)
        found.value.entries.splice(random.below(found.value.entries.length), 1);
  }),
  named("values of exceptions", (tree, random) => {
    const found = slot(
      tree,
      random,
      (value) => typeof value !== "string" && !Array.isArray(value) && value.entries[0]?.[0] === "rule",
    );
    if (found === undefined || typeof found.value === "string" || Array.isArray(found.value)) return;
    const values = Array.from(
      { length: power(random, 14) },
      (_, i): Tree => (random.below(2) === 0 ? [`a${i}`, ["b", `c${i}`]] : [`a${i}`, `b${i}`]),
    );
    found.value.entries.push([
      "exceptions",
      [
        {
          entries: [
            ["name", "e"],
            ["fields", ["proc.name", "fd.name"]],
            ["comps", ["=", "in"]],
            ["values", values],
          ],
        },
      ],
    ]);
  }),
];

type TextMutator = (text: string, random: Random) => string;

const textNamed = (name: string, mutator: TextMutator): TextMutator =>
  Object.defineProperty(mutator, "name", { value: name });

const textMutators: readonly TextMutator[] = [
  textNamed("doubling macros", (text, random) => `${text}\n${doublingMacros(power(random, 7))}`),
  textNamed("doubling lists", (text, random) => `${text}\n${doublingLists(power(random, 7))}`),
  textNamed(
    "doubling aliases",
    (text, random) =>
      `${doublingAliases(1 + random.below(12), "rules_files")}${text.startsWith("-") ? "---\n" : ""}${text}`,
  ),
  textNamed("many errors", (text, random) => `${text}\n${manyErrors(power(random, 12))}`),
  textNamed("anchor", (text, random) => `${text.replace(/: /, ": &a ")}\n- ${"*a ".repeat(power(random, 3))}\n`),
  textNamed("tag", (text) => `%YAML 1.2\n---\n${text}`),
  textNamed("documents", (text, random) => `${text.slice(0, 2000)}\n---\n`.repeat(power(random, 8))),
  textNamed("repeat a line", (text, random) => {
    const lines = text.split("\n");
    const at = random.below(lines.length);
    const line = lines[at] ?? "";
    const count = Math.min(power(random, 16), Math.floor(MAX_TEXT / (line.length + 1)));
    lines.splice(at, 0, ...Array<string>(Math.min(count, 50_000)).fill(line));
    return lines.join("\n");
  }),
  textNamed("deeper lines", (text) =>
    text
      .split("\n")
      .slice(0, 1200)
      .map((line, i) => " ".repeat(i) + line)
      .join("\n"),
  ),
  textNamed("cut", (text, random) => text.slice(0, random.below(text.length + 1))),
  textNamed("insert", (text, random) => {
    const at = random.below(text.length + 1);
    return (
      text.slice(0, at) +
      pick(random, [
        "- ",
        "[",
        "{",
        '"',
        "'",
        "|\n",
        "? ",
        ": ",
        "&a ",
        "*a",
        "\t",
        "#",
        "!x ",
        "\n",
        "%",
        "<<: ",
      ]).repeat(power(random, 14)) +
      text.slice(at)
    );
  }),
];

/** Writes YAML in flow style, with one line for each entry of the root. */
function write(tree: Tree): string {
  if (Array.isArray(tree)) return tree.map((item) => `- ${flow(item)}\n`).join("");
  if (typeof tree === "string") return flow(tree);
  return tree.entries.map(([key, value]) => `${flow(key)}: ${flow(value)}\n`).join("");
}

/** Iterates instead of recursing, since mutants are nested deeper than the stack allows. */
function flow(tree: Tree): string {
  let prefix = "";
  let suffix = "";
  let at = tree;
  for (;;) {
    if (typeof at === "string") return prefix + JSON.stringify(at) + suffix;
    if (Array.isArray(at)) {
      const only: Tree | undefined = at.length === 1 ? at[0] : undefined;
      if (only === undefined) return `${prefix}[${at.map(flow).join(", ")}]${suffix}`;
      prefix += "[";
      suffix = `]${suffix}`;
      at = only;
    } else {
      const only: [Tree, Tree] | undefined = at.entries.length === 1 ? at.entries[0] : undefined;
      if (only === undefined) {
        return `${prefix}{${at.entries.map(([key, value]) => `${flow(key)}: ${flow(value)}`).join(", ")}}${suffix}`;
      }
      prefix += `{${flow(only[0])}: `;
      suffix = `}${suffix}`;
      at = only[1];
    }
  }
}
