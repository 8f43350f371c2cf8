import { expect, test } from "vitest";
import { type Catalogue, render, search } from "./catalogue.ts";
import { eventCatalogue } from "./event-catalogue.ts";
import { fieldCatalogue } from "./field-catalogue.ts";

const small: Catalogue = {
  columns: ["Field", "Type", "Description"],
  sections: [
    {
      title: "First",
      rows: [{ name: "a.b", cells: ["a.b[…]", "INT8", "one two three | four"], record: { name: "a.b" } }],
    },
    { title: "Second", rows: [{ name: "c", cells: ["c", "BOOL", "five"], record: { name: "c" } }] },
  ],
};

test("text wraps the description below the name", () => {
  expect(render(small, { format: "text" }, 16)).toBe(
    "First\n\n  a.b[…]  INT8\n    one two\n    three | four\n\nSecond\n\n  c  BOOL\n    five\n",
  );
});

test("text contains the notes of a row below the description", () => {
  const rows = [{ name: "c", cells: ["c", "BOOL", "five"], notes: "Roles: six seven.", record: {} }];
  expect(render({ ...small, sections: [{ title: "First", rows }] }, { format: "text" }, 16)).toBe(
    "First\n\n  c  BOOL\n    five\n    Roles: six\n    seven.\n",
  );
});

test("Markdown contains a table for each section", () => {
  const head = "| Field | Type | Description |\n| --- | --- | --- |\n";
  expect(render(small, { format: "markdown" }, 0)).toBe(
    `## First\n\n${head}| \`a.b[…]\` | INT8 | one two three \\| four |\n\n## Second\n\n${head}| \`c\` | BOOL | five |\n`,
  );
});

test("JSON contains the records, and names are printed one per line", () => {
  expect(JSON.parse(render(small, { format: "json" }, 0))).toEqual([{ name: "a.b" }, { name: "c" }]);
  expect(render(small, { format: "json", names: true }, 0)).toBe("a.b\nc\n");
});

test("a search keeps rows with all words", () => {
  expect(search(small, ["FIVE", "bool"]).sections.map(({ title }) => title)).toEqual(["Second"]);
  expect(search(small, ["five", "one"]).sections).toEqual([]);
});

test("system calls are listed in their current versions, with the names of flags", () => {
  const [calls] = eventCatalogue().sections;
  expect(calls!.rows.filter(({ name }) => name === "openat").map(({ cells }) => cells[1])).toEqual([
    "fd FD, dirfd FD, name FSRELPATH, flags FLAGS32, mode UINT32, dev UINT32, ino UINT64",
  ]);
  expect(JSON.stringify(calls!.rows.find(({ name }) => name === "openat")?.record)).toContain('"O_RDONLY"');
});

test("the fields of system calls each have a type and a description", async () => {
  const rows = (await fieldCatalogue("syscall")).sections.flatMap((section) => section.rows);
  const names = new Set(rows.map(({ name }) => name));
  expect(names.size).toBeGreaterThan(290);
  expect(names).toContain("net.community_id");
  for (const { cells } of rows) expect(cells.every((cell) => cell.length > 1)).toBe(true);
});

test("the roles of a field include the roles of its class", async () => {
  const rows = (await fieldCatalogue("syscall")).sections.flatMap((section) => section.rows);
  const roles = { about: "pod", as: "name", needs: "pod", label: true, csv: 4, suggested: true, title: "Pod" };
  expect(rows.find(({ name }) => name === "k8s.pod.name")).toMatchObject({
    notes: expect.stringMatching(/^Roles: about pod; as name; needs pod; .*label; .*ecs orchestrator\.resource\.name/),
    record: { roles },
  });
  expect(rows.find(({ name }) => name === "fd.uid")?.notes).toBeUndefined();
});

test("a class of fields is listed once, with its sources", async () => {
  const { sections } = await fieldCatalogue();
  const titles = sections.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).toContain("Kubernetes audit log (k8s_audit)");
  expect(titles).toContain("Paths of the call");
});

test("audit events have fields of the audit log, fields of JSON documents, and general fields", async () => {
  const names = (await fieldCatalogue("k8s_audit")).sections.flatMap(({ rows }) => rows.map(({ name }) => name));
  const classes = new Set(names.map((name) => name.split(".")[0]));
  for (const one of ["evt", "ka", "json", "jevt"]) expect(classes).toContain(one);
  expect(classes).not.toContain("proc");
  expect(names.filter((name) => name.startsWith("ka."))).toHaveLength(103);
});
