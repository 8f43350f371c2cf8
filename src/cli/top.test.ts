// Tests `eyas top` with a real agent that reads events from a file.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { openTerminal } from "../../test/terminal/terminal.ts";
import { home } from "../agent/home.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-top-"));
const program = join(home, "bin/eyas");
const journal = join(folder, "journal.db");
const events = join(folder, "events.json");
const rules = join(folder, "rules.yaml");
const own = ["-o", `journal.path=${journal}`];
let agent: ChildProcess;

beforeAll(async () => {
  writeFileSync(events, "");
  writeFileSync(
    rules,
    `
- rule: Door opened
  desc: A door was opened.
  source: app
  condition: json.value[/door] = "open"
  output: A door was opened (door=%json.value[/name])
  priority: WARNING
`,
  );
  const words = ["run", "-r", rules, "--source", `app=${events}`, "-o", "engine.kind=nodriver", ...own];
  agent = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  agent.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  while (!said.includes("Watching app")) {
    if (agent.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}, 120_000);
afterAll(async () => {
  if (agent.exitCode === null) {
    agent.kill("SIGKILL");
    await once(agent, "close");
  }
  rmSync(folder, { recursive: true });
});

const append = (count: number): void =>
  appendFileSync(events, '{"door": "open", "name": "main"}\n{"door": "closed", "name": "main"}\n'.repeat(count));
const withTerminal = { ...needs("python3"), timeout: 120_000 };
const eyas = (...words: readonly string[]) => spawnSync(program, words, { encoding: "utf8" });

test("updates count events, matches and alerts of sources and rules", { timeout: 120_000 }, async () => {
  const words = ["top", "--json", "--interval", "0.2", ...own];
  const top = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  const updates = createInterface({ input: top.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await updates.next()).value ?? "");
  expect(await next()).toMatchObject({ status: "ok", processes: [], containers: [], events_per_second: 0 });
  const seen = new Set<string>();
  while (seen.size < 4) {
    append(20);
    const { sources, rules, alerts, events_per_second } = await next();
    expect(sources).toMatchObject([{ name: "app", drops: 0 }]);
    expect(rules).toMatchObject([{ name: "Door opened", source: "app", priority: "Warning" }]);
    const [rule] = rules;
    if (events_per_second > 0 && rule.events_per_second > 0) seen.add("events");
    if (rule.matches > 0) seen.add("matches");
    if (rule.alerts > 0 && alerts >= rule.alerts) seen.add("alerts");
    if (rule.evaluation_seconds !== null) seen.add("times");
  }
  top.kill();
  await once(top, "close");
});

test("without a terminal, an update is text without escape sequences", { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = eyas("top", "--once", "--interval", "0.2", ...own);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^eyas \S+ on .* {2}status ok {2}.*\noutputs up to date: stdout\nSOURCE .*\napp .*\n\n *CPU▼ /,
  );
  expect(stdout).toMatch(/ Door opened +app$/m);
  expect(stdout).not.toContain("\u001b");
});

test("on a terminal, the screen is filled, responds to keys, and is restored on q", withTerminal, async () => {
  const terminal = openTerminal([program, "top", "--interval", "0.3", ...own], { columns: 100, rows: 20 });
  await terminal.until(/Door opened/);
  expect(await terminal.isCanonical()).toBe(false);
  terminal.type("p");
  await terminal.until(/No samples: system calls are not watched/);
  let seen = terminal.output.length;
  terminal.type("r2");
  await terminal.until(/TIME\/EVENT▼/, seen);
  seen = terminal.output.length;
  terminal.resize(40, 10);
  await terminal.until(/q quit {2}p processes {2}c containers {2}r ru…/, seen);
  const last = terminal.output.slice(terminal.output.lastIndexOf("\u001b[H"));
  expect(last.split("\r\n")).toHaveLength(10);
  terminal.type("q");
  expect(await terminal.ended).toEqual({ status: 0, isCanonical: true });
  expect(terminal.output.startsWith("\u001b[?1049h\u001b[?25l")).toBe(true);
  expect(terminal.output.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
});

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const)("%s restores the terminal", withTerminal, async (signal, status) => {
  const terminal = openTerminal([program, "top", ...own]);
  await terminal.until(/Measuring/);
  terminal.signal(signal);
  expect(await terminal.ended).toEqual({ status, isCanonical: true });
  expect(terminal.output.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
});

test("Ctrl-C quits, Ctrl-Z restores the terminal until the program continues", withTerminal, async () => {
  const terminal = openTerminal([program, "top", "--interval", "0.3", ...own]);
  await terminal.until(/Door opened/);
  terminal.type("\u001a");
  await terminal.until(/\[\?1049l$/);
  expect(await terminal.isCanonical()).toBe(true);
  const seen = terminal.output.length;
  const resume = setInterval(() => terminal.signal("SIGCONT"), 500); // it may not have stopped yet
  await terminal.until(/\[\?1049h.*Door opened/s, seen).finally(() => clearInterval(resume));
  terminal.type("\u0003");
  expect(await terminal.ended).toEqual({ status: 0, isCanonical: true });
});

test("with TERM=dumb, updates are printed one after the other", withTerminal, async () => {
  const env = { TERM: "dumb" };
  const terminal = openTerminal([program, "top", "--interval", "0.2", ...own], { env, columns: 200 });
  await terminal.until(/Door opened.*Door opened/s);
  terminal.signal("SIGINT");
  expect((await terminal.ended).status).toBe(130);
  expect(terminal.output).not.toContain("\u001b");
});

test("errors explain that the agent is not running, is another program, or is not accessible", {
  timeout: 60_000,
}, async () => {
  const other = ["-o", `journal.path=${join(folder, "other.db")}`];
  expect(eyas("top", "--once", ...other)).toMatchObject({
    status: 1,
    stdout: "",
    stderr: `eyas: No agent is running: no process responds at ${join(folder, "other.db.top")}. Start one with eyas run or eyas start; if it has another configuration file, pass it with -c.\n`,
  });
  expect(eyas("top", "--interval", "0.1", ...own).stderr).toBe(
    'eyas: Invalid --interval "0.1": expected a number of seconds from 0.2 to 60.\n',
  );
  expect(eyas("top", "--by", "files", ...own).stderr).toBe(
    'eyas: Invalid --by "files": expected processes, containers, rules.\n',
  );
  expect(eyas("top", "--limit", "x", ...own).stderr).toBe(
    'eyas: Invalid --limit "x": expected a non-negative integer.\n',
  );
  const server = createServer((socket) => socket.on("data", () => socket.write("\u001b[2J hello\n")));
  server.listen(join(folder, "other.db.top"));
  await once(server, "listening");
  const asked = spawn(program, ["top", "--once", ...other], { stdio: ["ignore", "inherit", "pipe"] });
  let text = "";
  asked.stderr.on("data", (chunk) => (text += chunk));
  expect(await once(asked, "close")).toEqual([1, null]);
  expect(text).toBe(`eyas: ${join(folder, "other.db.top")} is not the socket of an agent of this version.\n`);
  server.close();
});

test("users without access to the socket get a hint", { ...needs("root", "setpriv"), timeout: 60_000 }, () => {
  chmodSync(folder, 0o755);
  const words = ["--reuid=65534", "--regid=65534", "--clear-groups", program, "top", "--once", ...own];
  const { status, stderr } = spawnSync("setpriv", words, { encoding: "utf8", env: { ...process.env, HOME: folder } });
  expect(stderr).toBe(
    `eyas: Cannot connect to ${journal}.top (permission denied): run this command as the user that runs eyas run, usually root.\n`,
  );
  expect(status).toBe(1);
});

test("if the agent stops, the terminal is restored and the reason is printed", withTerminal, async () => {
  const terminal = openTerminal([program, "top", "--interval", "0.3", ...own]);
  await terminal.until(/Door opened/);
  agent.kill("SIGTERM");
  await once(agent, "close");
  expect(await terminal.ended).toEqual({ status: 1, isCanonical: true });
  expect(stripVTControlCharacters(terminal.output)).toMatch(/eyas: The agent has stopped\.\r\n$/);
  expect(terminal.output).toMatch(/\[\?1049l.*The agent has stopped/s);
  expect(existsSync(`${journal}.top`)).toBe(false);
});
