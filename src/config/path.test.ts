import { expect, test } from "vitest";
import { type ConfigError, emptyMapping, type Tree } from "../setting/tree.ts";
import { parsePath, setAt } from "./path.ts";

const place = { file: "test", line: 0, column: 0 };

/** Converts a tree to plain JavaScript values. */
function plain(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.text;
  if (tree.kind === "list") return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
}

function set(...settings: readonly string[]): unknown {
  const tree = emptyMapping(place);
  for (const setting of settings) {
    const [path = "", text = ""] = setting.split("=");
    setAt(tree, parsePath(path, place), { kind: "scalar", place, text }, path);
  }
  return plain(tree);
}

test("dots select keys of maps, and brackets select entries of lists", () => {
  expect(set("a.b.c=1", "a.b.d=2", "l[0]=x", "l[1].k=y", "l[0]=z")).toEqual({
    a: { b: { c: "1", d: "2" } },
    l: ["z", { k: "y" }],
  });
});

test("empty brackets append, and a path can continue after them", () => {
  expect(set("rules[].disable.tag=a", "rules[].enable.rule=b", "m[][]=1")).toEqual({
    rules: [{ disable: { tag: "a" } }, { enable: { rule: "b" } }],
    m: [["1"]],
  });
});

test("a backslash escapes dots, brackets and backslashes", () => {
  expect(set("s.app\\.kubernetes\\.io/name=web", "s.a\\[0\\]=1", "s.b\\\\c=2")).toEqual({
    s: { "app.kubernetes.io/name": "web", "a[0]": "1", "b\\c": "2" },
  });
});

test.each(["", ".a", "a.", "a..b", "a[", "a[x]", "a[0]b", "a\\b", "a\\", "a[-1]"])("rejects the path %j", (path) => {
  expect(() => parsePath(path, place)).toThrow(/^Invalid key/);
});

test.each(["a.b=1,a.b.c=2", "a=1,a[0]=2", "a[]=1,a.b=2", "a[1]=1"])(
  "rejects a path through a scalar: %s",
  (settings) => {
    expect(() => set(...settings.split(","))).toThrow(
      expect.objectContaining<Partial<ConfigError>>({ message: expect.stringContaining("Cannot set") }),
    );
  },
);
