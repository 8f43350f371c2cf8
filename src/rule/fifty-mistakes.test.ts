import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { vocabulary } from "../field/catalogue.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { eventLanguage, isLeftSide } from "./language.ts";
import { loadRules } from "./load.ts";

/** The errors in fifty-mistakes.yaml, in order: code, text at the position, part of the message. */
const MISTAKES: readonly (readonly [code: string, at: string, message: string])[] = [
  ["YAML_VALIDATE", "latest", "not an engine version"],
  ["VALIDATE", "99.0.0", "this engine is 0.62.0"],
  ["VALIDATE", "name: okta", "which is not available"],
  ["VALIDATE", "name: container", '"seven" is not a version'],
  ["YAML_VALIDATE", "itms", 'Did you mean "items"?'],
  ["VALIDATE", "list: shel_binaries", 'Did you mean "shell_binaries"?'],
  ["YAML_VALIDATE", "vim", "must be a sequence"],
  ["YAML_VALIDATE", "apend", 'Did you mean "append"?'],
  ["COMPILE_CONDITION", "", 'Expected a space or "(" after "and"'],
  ["VALIDATE", "spawned_proces and", 'Did you mean "spawned_process"?'],
  ["VALIDATE", "loop", 'Unknown macro "loop"'],
  ["COMPILE_CONDITION", "proc.nmae = sh", 'Did you mean "proc.name"?'],
  ["VALIDATE", "macro: spawned_procss", 'Did you mean "spawned_process"?'],
  ["YAML_VALIDATE", "conditon: replace", 'Did you mean "condition"?'],
  ["YAML_VALIDATE", "a word that is no item", "Each item must be a mapping"],
  ["COMPILE_CONDITION", "proc.nam = bash", 'Did you mean "proc.name"?'],
  ["COMPILE_CONDITION", "user.nmae = root", 'Did you mean "user.name"?'],
  ["VALIDATE", "spawnd_process", 'Did you mean "spawned_process"?'],
  ["COMPILE_CONDITION", "contians", 'Did you mean "contains"?'],
  ["COMPILE_CONDITION", "execev", 'Did you mean "execve"?'],
  ["COMPILE_CONDITION", "adn", 'Did you mean "and"?'],
  ["COMPILE_CONDITION", "(proc.name) = x", 'Did you mean "tolower"?'],
  ["COMPILE_CONDITION", "(a, b)", 'Did you mean "anyof"?'],
  ["YAML_VALIDATE", "WARNNIG", 'Did you mean "Warning"?'],
  ["YAML_VALIDATE", "conditon: spawned_process", 'Did you mean "condition"?'],
  ["YAML_VALIDATE", "rule: No output", '"output" is missing'],
  ["YAML_VALIDATE", "maybe", "true or false"],
  ["YAML_VALIDATE", "long", "an integer"],
  ["YAML_VALIDATE", "process", "must be a sequence"],
  ["COMPILE_OUTPUT", "%fd.nam", 'Did you mean "fd.name"?'],
  ["COMPILE_OUTPUT", "%proc.nmae", 'Did you mean "proc.name"?'],
  ["COMPILE_OUTPUT", "%", "followed by the name of a field"],
  ["COMPILE_CONDITION", "web_prots", 'Did you mean "web_ports"?'],
  ["COMPILE_CONDITION", "10.0.0.300", "not an address"],
  ["COMPILE_CONDITION", "10.0.0.0/33", "not a network"],
  ["COMPILE_CONDITION", '"(a|b"', "Invalid regular expression"],
  ["COMPILE_CONDITION", "proc.pid startswith", '"proc.pid" is a number'],
  ["COMPILE_CONDITION", "val(proc.pid)", "differ in type"],
  ["COMPILE_CONDITION", "proc.aname[parent]", "a number of generations"],
  ["COMPILE_CONDITION", "", 'Expected ")"'],
  ["COMPILE_CONDITION", '"a', "a string in matching quotes"],
  ["COMPILE_CONDITION", "\\q", "not a valid escape"],
  ["VALIDATE", "proc.nmae", 'Did you mean "proc.name"?'],
  ["VALIDATE", "starstwith", 'Did you mean "startswith"?'],
  ["YAML_VALIDATE", "name: without_fields", '"fields" is missing'],
  ["VALIDATE", "name: of_two", "must have one item per field: found 1, expected 2"],
  ["VALIDATE", "rule: Misspelt macroo", 'Did you mean "Misspelt macro"?'],
  ["YAML_VALIDATE", "priority: append", "cannot be appended to"],
  ["YAML_VALIDATE", "rule: Misspelt macro", "cannot be combined"],
  ["VALIDATE", "rule: Unknown rule", "Unknown rule"],
];

const words = vocabulary();
const text = readFileSync(join(import.meta.dirname, "fifty-mistakes.yaml"), "utf8");
const lines = text.split("\n");

async function load(results: "each" | "all", content = text): Promise<readonly Diagnostic[]> {
  const sources = {
    has: (source: string) => source === "syscall",
    hasField: (_source: string, field: string) => isLeftSide(field, words),
    fieldNames: () => words.names.fields(),
  };
  const language = eventLanguage(words, { base64Buffers: false });
  const loaded = await loadRules([{ name: "fifty.yaml", text: content }], language, {
    sources,
    extraOutputs: [],
    results,
  });
  return loaded.results.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
}

test("fifty errors of different kinds are reported in one pass, each with its location", async () => {
  expect(MISTAKES).toHaveLength(50);
  const found = [...(await load("each"))].sort((a, b) => a.line - b.line || a.column - b.column);
  const reported = found.map(({ code, line, column, message }, i) => [
    code.replace("LOAD_ERR_", ""),
    lines[line - 1]!.slice(column - 1).slice(0, MISTAKES[i]?.[1].length),
    message,
  ]);
  expect(reported).toEqual(MISTAKES.map(([code, at, message]) => [code, at, expect.stringContaining(message)]));
});

test("the position of an error at the end of a condition is the end of the condition", async () => {
  const ends = (await load("all")).filter(({ message }) => /after "and"|Expected "\)"/.test(message));
  for (const { line, column } of ends) expect(lines[line - 1]!.length - column).toBeLessThan(2);
  expect(ends).toHaveLength(2);
});

test("an error names its rule, and an error in a macro is reported once", async () => {
  const found = await load("each");
  const named = found.filter(({ rule }) => rule === "Misspelt fields").map(({ line }) => lines[line - 1]!.trim());
  expect(named).toEqual(["and proc.nam = bash", "and user.nmae = root"]);
  expect(found.filter(({ rule }) => rule === "Uses it too")).toEqual([]);
});

test("an unknown macro does not hide other errors of its rule", async () => {
  const condition = "spawnd and proc.nmae = a and user.nam = b";
  const rule = `- {rule: r, desc: d, condition: ${condition}, output: "%fd.nam", priority: WARN}\n`;
  const found = await load("each", `- {macro: spawned, condition: evt.type = execve}\n${rule}`);
  expect(found.map(({ message }) => /"([^"]*)"\?$/.exec(message)?.[1])).toEqual([
    "Warning",
    "fd.name",
    "spawned",
    "proc.name",
    "user.name",
  ]);
});
