import { expect, it } from "vitest";
import { parseYaml } from "./parse-yaml.ts";

it("a few lines that expand to billions of values are rejected at once", async () => {
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

it("aliases stand for the nodes of their anchors", async () => {
  const file = await parseYaml("- &a [b, c]\n- *a\n");
  const [root] = "documents" in file ? file.documents : [];
  const items = root?.kind === "sequence" ? root.items : [];
  expect(items[1]).toBe(items[0]);
});
