import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documents, readDocument } from "./docs.ts";

const home = join(import.meta.dirname, "..");

/** Matches commands whose output depends only on files in the repository. */
const REPRODUCIBLE = /^\$ eyas (?:explain|rules) /;

const LINE = /(rules\/\w+\\.yaml:)\d+/g;

/** The console examples in all documents: a command after `$`, and its output. */
const examples = documents().flatMap((path) =>
  [...readDocument(path).matchAll(/^```\n(\$ [^\n]*)\n(.*?)^```$/gms)]
    .filter(([, command = ""]) => REPRODUCIBLE.test(command))
    .map(([, command = "", output = ""]) => [path, command, output] as const),
);

test("documents have console examples", () => {
  expect(examples.length).toBeGreaterThan(3);
});

test.each(examples)("the example of %s prints its output: %s", (_path, command, output) => {
  const words = command.slice("$ eyas ".length);
  const run = spawnSync("sh", ["-c", `${join(home, "bin/eyas")} ${words}`], { encoding: "utf8", cwd: home });
  expect(run.stderr).toBe("");
  const printed = run.stdout.replaceAll(`${home}/`, "").replace(/[ \t]+$/gm, "");
  // In an example, a line with only "…" matches any lines, and "…" at the end of a line matches the rest of the line.
  // Line numbers of rule files may differ, since each change of a file moves them.
  const pattern = output
    .split("\n")
    .map((line) =>
      /^ *…$/.test(line)
        ? "(?:.*\n)*?"
        : `${line
            .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
            .replace(/…$/, ".*")
            .replace(LINE, "$1\\d+")}\n`,
    )
    .join("")
    .trimEnd();
  expect(printed).toMatch(new RegExp(`^${pattern}`));
});
