import { expect, test } from "vitest";

interface Rows {
  at(index: number): { readonly id: string } | undefined;
  indexOf(id: string): number;
}
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { idsBetween }: { idsBetween(rows: Rows, one: string, other: string): readonly string[] } = await import(
  `${import.meta.dirname}/selection.ts`
);

const ids = ["a", "b", "c", "d", "e"];
const rows: Rows = {
  at: (index) => (ids[index] === undefined ? undefined : { id: ids[index] }),
  indexOf: (id) => ids.indexOf(id),
};

test("a range is selected in both directions", () => {
  expect(idsBetween(rows, "b", "d")).toEqual(["b", "c", "d"]);
  expect(idsBetween(rows, "d", "b")).toEqual(["b", "c", "d"]);
  expect(idsBetween(rows, "c", "c")).toEqual(["c"]);
});

test("without a focused row in memory, only the clicked row is selected", () => {
  expect(idsBetween(rows, "", "d")).toEqual(["d"]);
  expect(idsBetween(rows, "x", "d")).toEqual(["d"]);
});
