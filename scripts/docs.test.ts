import { expect, test } from "vitest";
import { documents, present } from "./docs.ts";

test.each(Object.keys(documents))("docs/%s says what the code says (npm run docs)", async (name) => {
  expect(present(name) === (await documents[name]())).toBe(true);
});
