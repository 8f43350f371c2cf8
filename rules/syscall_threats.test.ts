import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const FILE = "syscall_threats.yaml";

interface Definition {
  readonly rule?: string;
  readonly list?: string;
  readonly macro?: string;
  readonly tags?: readonly string[];
}

const definitions = (file: string): readonly Definition[] =>
  parse(readFileSync(join(import.meta.dirname, file), "utf8"));

describe("the rules for techniques of known attacks", () => {
  test("redefine no rule, list or macro of the other files", () => {
    const named = (file: string) => definitions(file).flatMap(({ rule, list, macro }) => rule ?? list ?? macro ?? []);
    const others = new Set(["syscall.yaml", "syscall_incubating.yaml"].flatMap(named));
    expect(named(FILE).filter((name) => others.has(name))).toEqual([]);
  });

  test("have the tag that disables them, a tactic of MITRE ATT&CK, and their scope as tags", () => {
    for (const { rule, tags } of definitions(FILE)) {
      if (rule === undefined) continue;
      expect(tags, rule).toEqual(expect.arrayContaining(["maturity_incubating", "threats"]));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^mitre_/));
      expect(tags, rule).toContainEqual(expect.stringMatching(/^(host|container)$/));
    }
  });
});
