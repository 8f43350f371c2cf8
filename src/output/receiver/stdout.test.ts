import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
import { lines, withLimitedFiles } from "../limited-file.fixture.ts";
import { asJson, asText } from "../output.ts";
import { stdoutOutput } from "./stdout.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-stdout-"));

test("a batch is written as one line per alert, as text or JSON", async () => {
  const file = join(folder, "out");
  const fd = openSync(file, "w");
  await stdoutOutput(asText, fd).deliver([alertWith("one"), alertWith("zwölf")]);
  await stdoutOutput(asJson, fd).deliver([alertWith("three")]);
  closeSync(fd);
  expect(readFileSync(file, "utf8")).toBe('one\nzwölf\n{"output":"three"}\n');
});

test("if standard output is on a full disk, the output requests a retry", async () => {
  const fd = openSync("/dev/full", "w");
  expect(await stdoutOutput(asText, fd).deliver([alertWith("one")])).toEqual({
    outcome: "retry",
    reason: expect.stringContaining("ENOSPC"),
  });
  closeSync(fd);
});

test("a closed descriptor is a rejection", async () => {
  const fd = openSync("/dev/null", "w");
  closeSync(fd);
  expect(await stdoutOutput(asText, fd).deliver([alertWith("one")])).toMatchObject({ outcome: "rejected" });
});

/**
 * Runs a script that delivers to a file and opens an output for each delivery. The file has room for 1024 bytes before
 * `more()`.
 */
function limited(file: string, script: string): string {
  return withLimitedFiles(
    { name: "stdoutOutput", path: "receiver/stdout.ts" },
    `import { execFileSync } from "node:child_process";
    import { appendFileSync, openSync } from "node:fs";
    const fd = openSync(${JSON.stringify(file)}, "a");
    const deliver = (batch) => stdoutOutput(asText, fd).deliver(batch);
    const more = () => execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=1048576:"]);
    ${script}`,
  );
}

test("a line that is incomplete because of a full disk is completed by the retry, even after a reload", () => {
  const file = join(folder, "full");
  const said = limited(
    file,
    `const first = await deliver(alerts);
    const second = await deliver(first.retry);
    more();
    console.log(JSON.stringify([first, second, await deliver(second.retry ?? first.retry)]));`,
  );
  const retry = ["c", "d"].map((text) => ({ text: text.repeat(399) }));
  expect(JSON.parse(said)).toEqual([
    { outcome: "partly", reason: expect.stringContaining("EFBIG"), retry, rejected: [] },
    { outcome: "retry", reason: expect.stringContaining("EFBIG") },
    { outcome: "delivered" },
  ]);
  expect(readFileSync(file, "utf8")).toBe(lines("a", "b", "c", "d"));
});

test("a line that is incomplete because of a full disk is terminated if another line follows or the file has changed", () => {
  const cut = "c".repeat(224);
  limited(join(folder, "lost"), "await deliver(alerts); more(); await deliver(alerts.slice(3));");
  expect(readFileSync(join(folder, "lost"), "utf8")).toBe(`${lines("a", "b")}${cut}\n${lines("d")}`);
  const file = join(folder, "changed");
  limited(
    file,
    `const { retry } = await deliver(alerts); more();
    appendFileSync(${JSON.stringify(file)}, "x\\n");
    await deliver(retry);`,
  );
  expect(readFileSync(file, "utf8")).toBe(`${lines("a", "b")}${cut}x\n\n${lines("c", "d")}`);
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
