import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import type { ThreadRecord } from "../../../event/snapshot.ts";
import { scanMachine } from "./scan.ts";
import { readYoung } from "./young.ts";

test("a process that ends between the start of the sensor and its scan is in the snapshot, with its executable", async () => {
  const child = spawn("/bin/sh", ["-c", "read x"], { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const earlier = readYoung("/");
  const scanned = (more: readonly ThreadRecord[]): ThreadRecord[] => {
    const threads: ThreadRecord[] = [];
    const none = { machine() {}, descriptors() {}, interfaces() {}, accounts() {} };
    scanMachine({ ...none, thread: (thread) => void threads.push(thread) }, { root: "/", earlier: more });
    return threads.filter((thread) => thread.pid === pid);
  };
  expect(scanned(earlier)).toHaveLength(1);
  child.stdin?.end();
  await once(child, "exit");
  expect(scanned([])).toEqual([]);
  expect(scanned(earlier)).toMatchObject([{ pid, ptid: process.pid, exepath: expect.stringMatching(/sh$/) }]);
});
