import { describe, expect, test } from "vitest";
import { vocabulary } from "../../field/catalogue.ts";
import { bind } from "../bind.ts";
import type { Bound } from "../bound.ts";
import { matcher } from "../compare.ts";
import { parse } from "../parse.ts";
import { resolve } from "../resolve.ts";
import { Simplifier } from "../simplify.ts";
import { type Atom, atomsOf } from "./atom.ts";
import { CoverFinder } from "./cover.ts";
import { Lookup } from "./lookup.ts";

const words = vocabulary();
const none = new Map<string, never>();
const bound = (text: string): Bound => bind(resolve(parse(text), none, none).condition, words).condition;

const comparisons = [
  'fd.name = "/etc/shadow"',
  "fd.name in (/etc/shadow, /etc/sudoers)",
  "fd.name startswith /etc/",
  "fd.name startswith anyof (/etc, /home)",
  "fd.name endswith .key",
  "fd.name contains shad",
  'fd.name glob "/home/*/.ssh/*"',
  'fd.name glob "*.key"',
  'fd.name glob "/etc/sh?dow"',
  'fd.name glob "/e*c/shadow*w"',
  'fd.name glob "/etc/shadow"',
  "fd.name pmatch (/etc, /home/*/.ssh)",
  "fd.num = 3",
  "fd.num in (3, 4)",
];

const values = [
  ...["/etc/shadow", "/etc/sudoers", "/etc", "/etc/", "/etcetera", "/home/a/.ssh/id.key", "/home/a/.ssh/", "//etc/x"],
  ...["", "/", "shadow", "a.key", ".key", "/e/c/shadow/w", "/eTc/shadow-w", "/etc/shadow/w", "/home/.ssh"],
  ...[3, 4, 5, 3n],
];

/** The leaf of a comparison. */
function leafOf(text: string) {
  const node = new Simplifier().simplify(bound(text));
  if (node.kind !== "leaf" || node.leaf.kind !== "compare") throw new Error(`${text} is not a comparison`);
  return { node, comparison: node.leaf.comparison };
}

describe("atoms are necessary", () => {
  test.each(comparisons)("%s", (text) => {
    const { node, comparison } = leafOf(text);
    const atoms = atomsOf(node);
    if (atoms === undefined) throw new Error("the comparison has no atoms");
    const lookup = new Lookup<Atom>();
    for (const atom of atoms) lookup.add(atom.kind, atom.operand, atom);
    const matches = matcher(comparison);
    const matching = values.filter(
      (value) => (typeof value === "string") === text.startsWith("fd.name") && matches(value),
    );
    expect(matching).not.toEqual([]);
    for (const value of matching) expect(lookup.find(value), String(value)).not.toEqual([]);
  });

  test.each([
    "fd.name != /etc",
    "fd.name contains ab",
    'fd.name startswith ""',
    "fd.name startswith allof (/etc, /etc/s)",
    'fd.name glob "*"',
    'fd.name regex "^/etc"',
    "fd.name icontains shadow",
    "fd.num > 3",
    "proc.is_exe_writable = true",
  ])("%s has no atoms", (text) => expect(atomsOf(leafOf(text).node)).toBeUndefined());
});

describe("covers", () => {
  const coverOf = (text: string, others: readonly string[] = []) => {
    const simplifier = new Simplifier();
    const nodes = [text, ...others].map((each) => simplifier.simplify(bound(each)));
    const finder = new CoverFinder(new Set());
    for (const node of nodes) finder.count(node);
    return finder.of(nodes[0]!)?.atoms.map(({ operand }) => operand);
  };

  test("of a conjunction are the operand that the fewest conditions contain", () => {
    const others = ["proc.name = sh and fd.name = /b", "proc.name = sh and fd.name = /c"];
    expect(coverOf("proc.name = sh and fd.name = /a", others)).toEqual(["/a"]);
  });

  test("of a disjunction are all operands; there is no cover if an operand has none", () => {
    expect(coverOf("proc.name = a or (fd.num > 1 and fd.name = /b)")).toEqual(["a", "/b"]);
    expect(coverOf("proc.name = a or fd.num > 1")).toBeUndefined();
    expect(coverOf("not proc.name = a and proc.name exists")).toBeUndefined();
  });
});
