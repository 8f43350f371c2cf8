import { describe, expect, test } from "vitest";
import { needs } from "./parts/needs.ts";
import { referenceParts } from "./parts/shared.ts";
import { sharedServer } from "./parts/shared-server.ts";

describe("compared with the reference engine", needs(...referenceParts), () => {
  test("every group reaches its minimum score", { timeout: 1_800_000 }, async () => {
    const { code, output } = await sharedServer("comparison");
    expect(code, output).toBe(0);
    console.log(output);
  });
});
