import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exceptionOf } from "../../api/exceptions/change.fixture.ts";
import { load } from "./load.ts";

const RULE = `- rule: A
  desc: d
  condition: evt.type = open
  output: "%proc.name"
  priority: WARNING
`;

function loaded(exceptions: string) {
  const folder = mkdtempSync(join(tmpdir(), "eyas-skipped-"));
  const [rules, file] = [join(folder, "rules.yaml"), join(folder, "exceptions.yaml")];
  writeFileSync(rules, RULE);
  writeFileSync(file, exceptions);
  const option = [`web_page.exceptions_file=${file}`, `journal.path=${join(folder, "journal.db")}`];
  return { file, result: load({ rules: [rules], option }) };
}

test("exceptions of rules that do not exist are skipped with a log line, and the others are loaded", async () => {
  const { file, result } = loaded(`# first\n${exceptionOf("Gone", "a")}${exceptionOf("A", "b")}`);
  const { remarks, rules } = await result;
  expect(remarks).toContainEqual({
    level: "warning",
    message: expect.stringMatching(
      new RegExp(`^${file}:2:\\d+: The item is skipped: Cannot append to unknown rule "Gone"\\.$`),
    ),
  });
  expect(rules.loaded.rules[0]?.definition.exceptions.map(({ name }) => name)).toEqual(["by_name"]);
});

test("other errors in the exceptions file are errors", async () => {
  const { result } = loaded(exceptionOf("A", "b").replace("proc.name", "proc.nme"));
  await expect(result).rejects.toThrow("proc.nme");
});
