import { expect, it } from "vitest";
import { parseYaml } from "./parse-yaml.ts";

it("a few lines that expand to billions of values are rejected immediately", async () => {
  const lines = ["- &a0 [a,a,a,a,a,a,a,a,a]"];
  for (let i = 0; i < 9; i++) lines.push(`- &a${i + 1} [${Array(9).fill(`*a${i}`).join(",")}]`);
  expect(await parseYaml(lines.join("\n"))).toEqual({
    problems: [{ message: "The aliases of the document expand to more than 1000000 values", offset: 0 }],
  });
});

it("an alias to its own parent is rejected", async () => {
  expect(await parseYaml("- &a [b, *a]\n")).toMatchObject({
    problems: [{ message: "An alias refers to a node that contains it" }],
  });
});

it("aliases are replaced by the nodes of their anchors", async () => {
  const file = await parseYaml("- &a [b, c]\n- *a\n");
  const [root] = "documents" in file ? file.documents : [];
  const items = root?.kind === "sequence" ? root.items : [];
  expect(items[1]).toBe(items[0]);
});

it("a text with anchors can have lines in brackets and quotes with any indentation", async () => {
  const shown = async (text: string) => JSON.stringify(await parseYaml(text)).replace(/"(start|end)":\d+,?/g, "");
  const unindented = '- a: &a [\n  b,\nc\n]\n  d: {\ne: *a}\n  f: "x\n  y"\n';
  const indented = '- a: &a [\n    b,\n    c\n    ]\n  d: {\n    e: *a}\n  f: "x\n    y"\n';
  expect(await shown(unindented)).toBe(await shown(indented));
  expect(await shown(unindented)).toContain("documents");
});

it("a missing bracket or quote is reported near its line, and not at the next bracket or quote", async () => {
  const lineOf = async (text: string) => {
    const file = await parseYaml(text);
    const [problem] = "problems" in file ? file.problems : [];
    return problem && text.slice(0, problem.offset).split("\n").length;
  };
  expect(await lineOf('- rule: a\n  desc: "b\n  condition: c\n  output: "d"\n  tags: []\n')).toBeLessThan(4);
  expect(await lineOf("- rule: a\n  tags: [b\n  condition: c\n- rule: d\n  tags: [e]\n")).toBeLessThan(4);
  expect(await lineOf("- a: [b,\n---\nc]\n")).toBe(2);
});
