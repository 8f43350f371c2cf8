import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { loadConfig } from "../../config/load.ts";
import { openTopListener, type TopListener } from "./listener.ts";
import { topSocket } from "./socket-path.ts";

let folder: string;
let listener: TopListener | undefined;
let lines: string[];
let watched: boolean[];
let reports: number;
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-top-"));
  [lines, watched, reports] = [[], [], 0];
});
afterEach(async () => {
  await listener?.close();
  listener = undefined;
  rmSync(folder, { recursive: true });
});

async function configured(file: string, ...settings: readonly string[]) {
  return (await loadConfig(undefined, [`journal.path=${file}`, ...settings])).config;
}

async function open(file = join(folder, "journal.db"), ...settings: readonly string[]): Promise<string> {
  const config = await configured(file, ...settings);
  listener = await openTopListener(config, {
    report: () => JSON.stringify({ report: ++reports }),
    watched: (on) => watched.push(on),
    log: ({ level, message }) => lines.push(`${level} ${message}`),
    clock: () => now,
  });
  return topSocket(config);
}

async function client(path: string): Promise<Socket> {
  const socket = connect(path).setEncoding("utf8");
  await once(socket, "connect");
  return socket;
}

async function ask(socket: Socket): Promise<unknown> {
  socket.write("\n");
  const [text] = await once(socket, "data");
  return JSON.parse(String(text));
}

test("the response to each request is a report, and events are sampled while clients are connected", async () => {
  const path = await open();
  expect(watched).toEqual([]);
  const [one, two] = [await client(path), await client(path)];
  expect(await ask(one)).toEqual({ report: 1 });
  one.destroy();
  expect(await ask(two)).toEqual({ report: expect.any(Number) });
  expect(watched).toEqual([true]);
  two.destroy();
  await expect.poll(() => watched).toEqual([true, false]);
});

test("only the user of the agent can connect", async () => {
  const before = process.umask(0);
  try {
    const path = await open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(before);
  }
});

test("frequent requests do not cause more reports", async () => {
  const socket = await client(await open());
  for (let i = 0; i < 20; i++) expect(await ask(socket)).toEqual({ report: 1 });
  now += 1000;
  expect(await ask(socket)).toEqual({ report: 2 });
  socket.destroy();
});

test("clients that send too much, and clients above the maximum number, are disconnected", async () => {
  const path = await open();
  const loud = await client(path);
  loud.write("x".repeat(1000));
  await once(loud, "close");
  const clients = [];
  for (let i = 0; i < 8; i++) {
    const socket = await client(path);
    await ask(socket);
    clients.push(socket);
  }
  const ninth = await client(path);
  await once(ninth, "close");
  for (const socket of clients) socket.destroy();
});

test("a client that does not read its reports is disconnected before they fill the memory", async () => {
  const config = await configured(join(folder, "journal.db"));
  const large = "x".repeat(1 << 20);
  let made = 0;
  listener = await openTopListener(config, {
    report() {
      made++;
      return large;
    },
    watched() {},
    log() {},
  });
  const socket = await client(topSocket(config));
  socket.on("error", () => {});
  socket.pause();
  while (!socket.destroyed && socket.writable && made < 100) {
    socket.write("\n");
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (socket.errored) break;
  }
  expect(made).toBeLessThan(100);
});

test("a killed agent's socket is replaced, and a running agent's socket is not", needs("python3"), async () => {
  const path = `${join(folder, "journal.db")}.top`;
  const stale = createServer().listen(path);
  await once(stale, "listening");
  await open();
  expect(lines).toEqual([`notice Cannot serve eyas top on ${path}: another process serves it.`]);
  stale.close();
  await once(stale, "close");
  spawnSync("python3", ["-c", "import socket,sys;socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path]);
  expect(existsSync(path)).toBe(true);
  lines = [];
  await open();
  expect(lines).toEqual([]);
  const socket = await client(path);
  expect(await ask(socket)).toEqual({ report: 1 });
  socket.destroy();
});

test("a file that is not a socket is not removed", async () => {
  const path = `${join(folder, "journal.db")}.top`;
  writeFileSync(path, "mine");
  await open();
  expect(lines).toEqual([expect.stringMatching(/^notice Cannot serve eyas top on .*EADDRINUSE/)]);
  expect(statSync(path).size).toBe(4);
});

test("a reload moves the socket with the journal, and retries if the socket could not be opened", async () => {
  const blocked = join(folder, "blocked");
  writeFileSync(blocked, "");
  const path = await open();
  await listener?.apply?.({ config: await configured(join(blocked, "journal.db")) } as never);
  expect(existsSync(path)).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/^notice Cannot serve eyas top on /)]);
  rmSync(blocked);
  await listener?.apply?.({ config: await configured(join(blocked, "journal.db")) } as never);
  const socket = await client(join(blocked, "journal.db.top"));
  socket.destroy();
});

test("without a journal, a missing directory is not created", async () => {
  await open(join(folder, "none/journal.db"), "journal.enabled=false");
  expect(existsSync(join(folder, "none"))).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/^debug Cannot serve eyas top on /)]);
});

test("the agent starts if the path is too long for a socket", async () => {
  const long = join(folder, "x".repeat(120));
  await open(join(long, "journal.db"));
  expect(lines).toEqual([expect.stringMatching(/^notice Cannot serve eyas top on .*: /)]);
});
