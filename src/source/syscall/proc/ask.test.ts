import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { askMachine } from "./ask.ts";

const ask = askMachine("/");

test("a process without events is read with its descriptors", () => {
  const fd = openSync("/etc/passwd", "r");
  const found = ask.lookup?.(process.pid);
  closeSync(fd);
  expect(found?.thread.pid).toBe(process.pid);
  expect(found?.descriptors.find((one) => one.fd === fd)?.name).toBe("/etc/passwd");
});

test("an exited process is neither found nor alive", async () => {
  const child = spawn("sleep", ["100"]);
  const pid = child.pid ?? 0;
  await new Promise((done) => child.once("spawn", done));
  const comm = ask.lookup?.(pid)?.thread.comm ?? "";
  expect(ask.isAlive?.(pid, pid, comm)).toBe(true);
  expect(ask.isAlive?.(pid, pid, "another name")).toBe(false);
  child.kill();
  await new Promise((done) => child.once("exit", done));
  expect([ask.isAlive?.(pid, pid, comm), ask.lookup?.(pid)]).toEqual([false, undefined]);
});

test("the host's accounts are read, but not again for every unknown user", () => {
  expect(ask.accounts?.("", 1)?.users.find(({ uid }) => uid === 0)?.name).toBe("root");
  expect(ask.accounts?.("", 1)).toBeUndefined();
});

test("a container that shares the host's files has no accounts of its own", () => {
  expect(ask.accounts?.("abcdefabcdef", 1)).toBeUndefined();
});

test("at most a tenth of the time is spent on reading unknown threads", () => {
  let now = 0;
  const reading = 30; // milliseconds per read, by this clock
  const flooded = askMachine("/", () => {
    now += reading;
    return now;
  });
  const found = Array.from({ length: 10 }, () => flooded.lookup?.(process.pid) !== undefined);
  expect(found).toEqual([true, true, true, true, false, false, false, false, false, false]);
  now += 1000;
  expect(flooded.lookup?.(process.pid)).toBeDefined();
});
