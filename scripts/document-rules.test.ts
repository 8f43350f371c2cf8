import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documents } from "./document-rules.ts";

const home = join(import.meta.dirname, "..");

describe("documents made from tables", () => {
  test.each([...documents()])("%s is what the rules and the drill say today", (path, text) => {
    expect(readFileSync(join(home, path), "utf8"), "run: node scripts/document-rules.ts").toBe(text);
  });
});
