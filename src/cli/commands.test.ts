import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../agent/home.ts";

const text = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");

/** Files that add a command to the program. */
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && /^export (?:async )?(?:function|const) add\b/m.test(text(file)),
);

function help(...words: readonly string[]): string {
  const { status, stdout } = spawnSync(join(home, "bin/eyas"), [...words, "--help"], { encoding: "utf8" });
  expect(status).toBe(0);
  return stdout;
}

const [, list = ""] = /^Commands:\n((?: {2}.*\n)+)/m.exec(help()) ?? [];
const commands = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");

test.each(files)("the command of src/cli/%s is in the table of program.ts", (file) => {
  expect(text("program.ts")).toContain(`import("./${file}")`);
});

test("the help lists a command for each file", () => {
  expect(commands).toHaveLength(files.length);
});

test.each(commands)("the help of %s has an example", (command) => {
  expect(help(command)).toMatch(/Examples?:\n {2}(sudo )?(eyas|npm)/);
});
