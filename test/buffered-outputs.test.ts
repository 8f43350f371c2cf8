// `buffered_outputs` delays alerts by up to a second; with -U, each alert is delivered immediately.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { afterAll, afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";

/** Minimum milliseconds between two batches of buffered alerts. */
const BUFFERED = 1000;
const folder = mkdtempSync(join(tmpdir(), "eyas-buffered-"));
const falco = join(folder, "falco");
symlinkSync(join(home, "bin/eyas"), falco);
const config = join(folder, "eyas.yaml");
writeFileSync(
  join(folder, "rules.yaml"),
  '- {rule: Seen, desc: d, condition: "json.value[/n] exists", output: "n=%json.value[/n]", priority: INFO, source: app}\n',
);
writeFileSync(
  config,
  `engine: {kind: nodriver}
journal: {enabled: false}
alert_folding: {enabled: false}
rules_files: [${join(folder, "rules.yaml")}]
sources:
  positions: ${join(folder, "positions.json")}
  json: {app: {from: "http://127.0.0.1:0/app", require_token: never}}
`,
);

let agent: ChildProcess | undefined;
afterEach(() => agent?.kill("SIGKILL"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the next line that matches a pattern. */
async function next(lines: Interface, pattern: RegExp): Promise<RegExpExecArray> {
  for await (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  throw new Error(`no line matches ${pattern}`);
}

/** Starts the program. @returns a function that posts an event, and resolves when its alert was printed */
async function start(program: string, words: readonly string[]): Promise<(n: number) => Promise<void>> {
  const child = spawn(program, [...words, "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  agent = child;
  const url = (await next(createInterface(child.stderr), /Receiving app events \(origin: (\S+\d\/app)/))[1] ?? "";
  child.stderr.resume();
  const waiting = new Map<number, () => void>();
  createInterface(child.stdout).on("line", (line) => waiting.get(Number(/n=(\d+)$/.exec(line)?.[1]))?.());
  return async (n) => {
    const printed = new Promise<void>((resolve) => waiting.set(n, resolve));
    const headers = { "content-type": "application/json" };
    await Promise.all([printed, fetch(url, { method: "POST", body: JSON.stringify({ n }), headers })]);
  };
}

/** Returns the milliseconds between the start of two events and the output of the second alert. */
async function span(alertOf: (n: number) => Promise<void>, n: number): Promise<number> {
  const began = performance.now();
  await alertOf(n);
  await alertOf(n + 1);
  return performance.now() - began;
}

test("with buffered_outputs, an alert waits until a second has passed since the previous alert", async () => {
  const alertOf = await start(join(home, "bin/eyas"), ["run", "-o", "buffered_outputs=true"]);
  // The clocks of both processes are rounded.
  for (let n = 0; n < 4; n += 2) expect(await span(alertOf, n)).toBeGreaterThan(BUFFERED - 5);
});

test.each([
  ["eyas run --unbuffered", join(home, "bin/eyas"), ["run", "--unbuffered"]],
  ["falco -U", falco, ["-U"]],
])("%s delivers each alert immediately, even with buffered_outputs", async (_what, program, words) => {
  const alertOf = await start(program, [...words, "-o", "buffered_outputs=true"]);
  // One pair of alerts without a delay is sufficient, since some pairs take longer on a busy machine.
  let shortest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 40 && shortest >= BUFFERED - 5; n += 2) shortest = Math.min(shortest, await span(alertOf, n));
  expect(shortest).toBeLessThan(BUFFERED - 5);
});
