import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { startCordoned } from "../../test/response/cordoned.ts";
import { testHost } from "../../test/response/host.ts";
import { type Sleeper, startSleeper, stateOf } from "../../test/response/process.ts";
import { stepOf } from "../journal/action-entry.fixture.ts";
import type { ActionEntry } from "../journal/action-entry.ts";
import { openActionLogWriter } from "../journal/action-log-writer.ts";
import { entry, newJournal } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";
import { release, suspendedTargets } from "./release.ts";

let sleeper: Sleeper;
let file: string;
beforeEach(() => {
  sleeper = startSleeper();
  file = newJournal();
});
afterEach(() => sleeper.end());

const host = testHost({ hostname: "node-1" });
const none = { responses: [], shared: {} };

/** Writes a journal with one alert, and a step that stopped the process because of alert `seq`. */
function stopped(seq = 1, more: Partial<ActionEntry> = {}): void {
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const time = BigInt(Date.now()) * 1_000_000n;
  writer.append([entry(1, { time, hostname: "node-1", source: "syscall" }, { "proc.pid": sleeper.pid })]);
  writer.close();
  const log = openActionLogWriter(file);
  const target = `process ${sleeper.pid} sleep`;
  log?.write([stepOf(1, { seq, action: "host:stop", undoneBy: "host:continue", target, ...more })]);
  log?.close();
  process.kill(sleeper.pid, "SIGSTOP");
}

async function state(wanted: string): Promise<string> {
  for (let i = 0; i < 200 && stateOf(sleeper.pid) !== wanted; i++) await sleep(5);
  return stateOf(sleeper.pid);
}

describe("a stopped process", needs("all processes"), () => {
  it("is listed until it is released, and its release is recorded", async () => {
    stopped();
    expect(await state("T")).toBe("T");
    const [first] = suspendedTargets(file)?.targets ?? [];
    expect(first).toMatchObject({ undoneBy: "host:continue", step: { target: `process ${sleeper.pid} sleep` } });
    expect(await release(first!, file, host, none)).toMatchObject({ action: "host:continue", state: "done" });
    expect(await state("S")).toBe("S");
    expect(suspendedTargets(file)?.targets).toEqual([]);
  });

  it("that has ended is not listed after an attempt to release it", async () => {
    stopped();
    await sleeper.end();
    const [first] = suspendedTargets(file)?.targets ?? [];
    expect(await release(first!, file, host, none)).toMatchObject({ state: "skipped", why: "nothing" });
    expect(suspendedTargets(file)?.targets).toEqual([]);
  });

  it("whose alert is gone stays listed, with the command that continues it", async () => {
    stopped(99);
    const [first] = suspendedTargets(file)?.targets ?? [];
    const { state: result, answer } = await release(first!, file, host, none);
    expect([result, answer]).toEqual([
      "failed",
      `alert 99 is no longer in the journal: run \`kill -CONT ${sleeper.pid}\` to continue the process`,
    ]);
    expect(suspendedTargets(file)?.targets).toHaveLength(1);
  });

  it("is not listed if the action failed or was a dry run", async () => {
    stopped(1, { state: "skipped", why: "dry_run", dryRun: true });
    expect(suspendedTargets(file)?.targets).toEqual([]);
  });
});

it("a node that was cordoned because of a pod is uncordoned in the configured cluster", async () => {
  const cluster = await startCordoned(file);
  try {
    const [first] = suspendedTargets(file)?.targets ?? [];
    const settings = { responses: [], shared: { kubernetes: { kubeconfig: cluster.server.kubeconfig } } };
    expect(await release(first!, file, host, settings)).toMatchObject({
      state: "done",
      answer: "uncordoned node node-1",
    });
    expect(cluster.server.get("nodes", "", "node-1")?.spec).toEqual({});
    expect(suspendedTargets(file)?.targets).toEqual([]);
  } finally {
    await cluster.server.stop();
  }
});

it("without a journal there is no list", () => {
  expect(suspendedTargets("/nonexistent/journal.db")).toBeUndefined();
});
