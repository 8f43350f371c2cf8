import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const home = join(import.meta.dirname, "..");

test("the tests of the default rules pass and cover every condition, exception and list item", () => {
  const words = ["test", "rules/", "--coverage-min", "100", "--coverage-items-min", "100"];
  const { status, stdout, stderr } = spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8", cwd: home });
  expect(status, stdout + stderr).toBe(0);
});
