import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { programWith } from "../../src/cli/program.ts";
import { commandLine } from "./command-line.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { manualPage } from "./manual.ts";

const program = commandLine(await programWith());

/** Returns the words that bash offers for the last word. */
function offered(...words: readonly string[]): string[] {
  const script = `${bashCompletion(program)}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_eyas
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-uc", script, "bash", ...words], { encoding: "utf8" })
    .split("\n")
    .filter((word) => word !== "");
}

test("bash completes commands, options and their values", () => {
  expect(offered("eyas", "re")).toEqual(["replay", "record", "respond"]);
  expect(offered("eyas", "users", "r")).toEqual(["renew", "remove"]);
  expect(offered("eyas", "run", "--st")).toEqual(["--strict"]);
  expect(offered("eyas", "fields", "--format", "")).toEqual(["text", "markdown", "json"]);
  expect(offered("eyas", "run", "--config", "")).toEqual([]); // files
  expect(offered("eyas", "unknown", "--ver")).toEqual(["--version"]);
});

test("each shell completes every command", () => {
  for (const write of [bashCompletion, zshCompletion, fishCompletion]) {
    const text = write(program);
    for (const { words, commands } of program.commands) {
      for (const word of [words.at(-1), ...commands.map((one) => one.words.at(-1))]) expect(text).toContain(` ${word}`);
    }
  }
});

test("the manual page has a section for each command, and no line that roff would treat as a command", () => {
  const page = manualPage(program, "1.0.0", 1_700_000_000);
  expect(page).toMatch(/^\.TH EYAS 1 "2023-11-14" "eyas 1\.0\.0"/);
  const sections = [...page.matchAll(/^\.SH EYAS (.*)$/gm)].map(([, name = ""]) => name.toLowerCase());
  expect(sections).toEqual(
    program.commands.flatMap(({ words, commands }) =>
      [words, ...commands.map((one) => one.words)].map((line) => line.slice(1).join(" ")),
    ),
  );
  const odd = page.split("\n").filter((line) => /^['.]/.test(line) && !/^\.(?:TH|SH|B|I|RI|TP|nf|fi)\b/.test(line));
  expect(odd).toEqual([]);
});
