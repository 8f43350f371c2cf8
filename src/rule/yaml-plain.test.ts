import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { parseFullYaml } from "./yaml-full.ts";
import { parsePlainYaml } from "./yaml-plain.ts";

const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../../shared");

/** A value without the end offsets of scalars, which the two parsers define differently. */
function shape(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === "start" || key === "end" ? undefined : inner)));
}

function expectSame(text: string): void {
  const plain = parsePlainYaml(text);
  expect(plain).toBeDefined();
  expect(shape(plain)).toEqual(shape(parseFullYaml(text)));
}

const taken: Record<string, string> = {
  "an empty file": "",
  "comments only": "# nothing\n\n  # here\n",
  "items with nested keys": "- rule: a\n  tags: [x, y]\n- macro: b\n  condition: c = d\n",
  "a sequence below its key, at the same column": "- a:\n  - x\n  - y\n  b: z\n",
  "folded text with blank and indented lines": "- c: >\n    a\n    b\n\n    c\n      d\n    e\n\n- x: y\n",
  "literal text with each chomping":
    "- a: |\n    x\n    y\n\n  b: |-\n    x\n  c: |+\n    x\n\n- d: >-\n    x\n    y\n",
  "folded text at the end without a line end": "- c: >\n    a\n    b",
  "plain text over several lines": "- c: a and\n     b\n\n     c # comment\n  d: x\n",
  "quoted text with escapes and folds": "- a: \"x\\n\\t\\\"\\u00e9 \n    y\"\n  b: 'it''s\n\n    so'\n",
  "flows over several lines with comments":
    "- items: [\n    a, # first\n    'b c',\n    \"d\"\n  ]\n  m: {name: x, version: 1.2.3}\n",
  JSON: '[{"rule":"a","desc":"b","n":[1,2,{"x":null}]},{}]',
  "several documents": "- a: b\n---\n- c: d\n---\n---\n- e: f\n",
  "empty values": "- a:\n  b: ~\n  c:\n- \n- d:\n",
  "quoted keys": "- \"a b\": c\n  'd': e\n",
  "colons, hashes and dashes inside plain text": "- a: b:c#d -e\n  f: -1\n  g: ::x\n",
};

/** A text with lines in brackets and quotes that are indented less than YAML requires, and the same text in YAML. */
const unindented = `- list: a
  items: [
  b, # first
c d
e,
  [f,
g]
  ]
  map: {
name: x,
  version: 1
}
- desc: "x
  y
 z

  w"
  output: 'f
g'
`;
const indented = `- list: a
  items: [
    b, # first
    c d
    e,
    [f,
    g]
    ]
  map: {
    name: x,
    version: 1
    }
- desc: "x
    y
    z

    w"
  output: 'f
    g'
`;
taken["lines in brackets and quotes with any indentation"] = unindented;

const left: Record<string, string> = {
  "a document marker in brackets": "- a: [b,\n---\nc]\n",
  "a document marker in quotes": '- a: "b\n--- c"\n- d: "e\n...\n"\n',
  anchors: "- &a b\n- *a\n",
  tags: "- !!str a\n",
  directives: "%YAML 1.2\n---\n- a\n",
  "a mapping inside a plain value": "this : is : not : yaml",
  "tabs as indentation": "- a:\n\t- b\n",
  "an item that is not below the others": "- a: b\n   c: d\n",
  "an open list": "- a: [b, c\n",
  "an open quote": '- a: "b\n',
  "a key without a colon": "- a: b\n  c\n  d: e\n",
  "carriage returns": "- a: b\r\n",
};

describe("the plain YAML parser", () => {
  for (const [what, text] of Object.entries(taken)) it(`reads ${what} like the full parser`, () => expectSame(text));
  for (const [what, text] of Object.entries(left)) {
    it(`leaves ${what} to the full parser`, () => expect(parsePlainYaml(text)).toBeUndefined());
  }

  it("ignores the indentation of lines in brackets and quotes, as Falco does", () => {
    for (const parse of [parsePlainYaml, parseFullYaml])
      expect(shape(parse(unindented))).toEqual(shape(parse(indented)));
  });

  it("sets the offsets of each node", () => {
    const text = "- rule: a\n  condition: >\n    x = y\n";
    expect(JSON.stringify(parsePlainYaml(text))).toContain(`"start":${text.indexOf(">")}`);
  });

  it("never parses a damaged file differently from the full parser", () => {
    const text = Object.values(taken).join("\n---\n");
    let random = 42;
    const next = (n: number): number => {
      random = (random * 1103515245 + 12345) % 0x80000000;
      return random % n;
    };
    const pieces = [" ", "\n", "-", ":", ": ", "[", "]", "{", "}", ",", '"', "'", "#", ">", "|", "  ", "a", "&", "\\"];
    let read = 0;
    for (let i = 0; i < 4000; i++) {
      const at = next(text.length);
      const from = Math.max(0, at - 60);
      const damaged = text.slice(from, at) + pieces[next(pieces.length)] + text.slice(at + next(3), at + 60);
      const plain = parsePlainYaml(damaged);
      if (plain === undefined) continue;
      read++;
      expect(shape(plain), JSON.stringify(damaged)).toEqual(shape(parseFullYaml(damaged)));
    }
    expect(read).toBeGreaterThan(200);
  });

  it("parses real rule files like the full parser", needs("upstream rules"), () => {
    const folder = join(shared, "upstream-rules");
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expectSame(readFileSync(join(folder, file), "utf8"));
  });
});
