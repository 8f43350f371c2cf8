import { expect, test } from "vitest";
import { documents, files, readDocument, unusedTables, updateDocument } from "./docs.ts";

test.each(Object.keys(files))("%s is up to date (npm run docs)", async (path) => {
  expect(readDocument(path) === (await files[path]?.())).toBe(true);
});

test.each(documents())("the generated tables of %s are up to date (npm run docs)", async (path) => {
  expect(readDocument(path) === (await updateDocument(path))).toBe(true);
});

test("every generated table is in a document", () => {
  expect(unusedTables()).toEqual([]);
});
