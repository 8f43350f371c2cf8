import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { type Datagrams, openDatagrams } from "../source/unix/datagrams.ts";
import type { LogLine } from "../telemetry/log-lines.ts";
import { home } from "./home.ts";
import { openServiceManager } from "./service-manager.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-notify-"));
const opened: Datagrams[] = [];
afterAll(async () => {
  for (const socket of opened) await socket.close();
  rmSync(folder, { recursive: true });
});

const lines: LogLine[] = [];
const log = (line: LogLine): void => void lines.push(line);

function listen(name: string): { path: string; next: () => Promise<string> } {
  const path = join(folder, name);
  const socket = openDatagrams(path, 1000);
  opened.push(socket);
  return { path, next: async () => Buffer.from((await socket.next()) ?? []).toString() };
}

test("a service manager is notified of start and stop, with a one-line status", async () => {
  const { path, next } = listen("start.sock");
  const manager = await openServiceManager(() => {}, log, { NOTIFY_SOCKET: path });
  manager.ready("Watching a\nMAINPID=1");
  expect(await next()).toBe("READY=1\nSTATUS=Watching a MAINPID=1");
  manager.progress(); // without a watchdog
  manager.close();
  expect(await next()).toBe("STOPPING=1");
});

test("the notification contains the ID of the process that continues, which can itself send notifications", async () => {
  const { path, next } = listen("successor.sock");
  const manager = await openServiceManager(() => {}, log, { NOTIFY_SOCKET: path, WATCHDOG_USEC: "9000000" });
  expect(manager.environment).toEqual({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "9000000" });
  manager.close(42);
  expect(await next()).toBe("MAINPID=42");
});

test("the watchdog is notified by an iteration of the main loop, not by the timer", async () => {
  const { path, next } = listen("watchdog.sock");
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const manager = await openServiceManager(() => wake(), log, { NOTIFY_SOCKET: path, WATCHDOG_USEC: "2000" });
  await woken;
  manager.ready("first");
  expect(await next()).toContain("READY=1"); // no earlier notification
  manager.progress();
  expect(await next()).toBe("WATCHDOG=1");
  manager.close();
});

test("the watchdog of another process is ignored, and child processes cannot send notifications", async () => {
  const { path } = listen("other.sock");
  const environment = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "2000", WATCHDOG_PID: "1", HOME: "/root" };
  const fail = (): void => {
    throw new Error("The watchdog is of another process.");
  };
  const manager = await openServiceManager(fail, log, environment);
  expect(environment).toEqual({ HOME: "/root" });
  manager.close();
});

test("a service manager that cannot be reached causes a warning", async () => {
  lines.length = 0;
  const manager = await openServiceManager(() => {}, log, { NOTIFY_SOCKET: join(folder, "none.sock") });
  manager.ready("first");
  expect(lines).toEqual([{ level: "warning", message: expect.stringMatching(/none\.sock: ENOENT/) }]);
  manager.close();
});

test("notifications reach an abstract socket", needs("python3"), async () => {
  const receiver = [
    "import os, socket",
    "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
    `s.bind("\\0eyas-${process.pid}")`,
    'print("bound", flush=True)',
    "print(s.recv(100).decode())",
  ];
  const python = spawn("python3", ["-c", receiver.join("\n")], { stdio: ["ignore", "pipe", "inherit"] });
  let received = "";
  python.stdout.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  await expect.poll(() => received).toBe("bound\n");
  const manager = await openServiceManager(() => {}, log, { NOTIFY_SOCKET: `@eyas-${process.pid}` });
  manager.ready("here");
  await expect.poll(() => received).toBe("bound\nREADY=1\nSTATUS=here\n");
  manager.close();
});

test("eyas run notifies the service manager when it evaluates events, at watchdog intervals, and when it stops", async () => {
  const { path, next } = listen("run.sock");
  const file = join(folder, "app.json");
  writeFileSync(file, "");
  const options = ["-o", "engine.kind=nodriver", "-o", `journal.path=${join(folder, "journal.db")}`];
  const program = spawn(join(home, "bin/eyas"), ["run", ...options, "--source", `suricata=${file}`], {
    env: { ...process.env, NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(program, "exit");
  expect(await next()).toMatch(/^READY=1\nSTATUS=Watching \S.* with \d+ rules\.$/);
  expect(await next()).toBe("WATCHDOG=1");
  program.kill("SIGTERM");
  let last = "";
  do last = await next();
  while (last === "WATCHDOG=1");
  expect(last).toBe("STOPPING=1");
  expect(await ended).toEqual([0, null]);
});
