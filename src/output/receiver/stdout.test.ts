import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
import { asJson, asText } from "../output.ts";
import { stdoutOutput } from "./stdout.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-stdout-"));

test("a batch is a line per alert, as text or JSON", async () => {
  const file = join(folder, "out");
  const fd = openSync(file, "w");
  await stdoutOutput(asText, fd).deliver([alertWith("one"), alertWith("zwölf")]);
  await stdoutOutput(asJson, fd).deliver([alertWith("three")]);
  closeSync(fd);
  expect(readFileSync(file, "utf8")).toBe('one\nzwölf\n{"output":"three"}\n');
});

/** Runs a script that delivers to standard output, piped into the shell command `into`. */
function piped(script: string, into: string): string {
  const program = `
    import { stdoutOutput } from ${JSON.stringify(join(import.meta.dirname, "stdout.ts"))};
    import { asText } from ${JSON.stringify(join(import.meta.dirname, "../output.ts"))};
    const output = stdoutOutput(asText);
    const deliver = (text) => output.deliver([{ text }]);
    ${script}`;
  const shell = spawnSync("sh", ["-c", `"$0" --input-type=module -e "$1" | ${into}`, process.execPath, program], {
    encoding: "utf8",
  });
  return shell.stdout + shell.stderr;
}

test("a closed pipe is a rejection and does not end the program", () => {
  const said = piped(
    `let last; for (let i = 0; i < 100; i++) last = await deliver("x".repeat(70_000)); console.error(JSON.stringify(last));`,
    "head -c 1 > /dev/null",
  );
  expect(said).toBe('{"outcome":"rejected","reason":"standard output is closed"}\n');
});

test("a slow reader of a non-blocking pipe gets all alerts", () => {
  const said = piped(
    `process.stdout._handle?.setBlocking(false); for (let i = 0; i < 20; i++) await deliver("x".repeat(99_999));`,
    "(sleep 0.3; wc -c)",
  );
  expect(said.trim()).toBe("2000000");
});
