import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { alertOf, requestOf, type Sleeper, startSleeper, stateOf } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { action as goOn } from "./continue.ts";
import { childrenOf } from "./proc.ts";
import { action as stop } from "./stop.ts";

let started: Sleeper | undefined;
afterEach(async () => {
  await goOn.run(requestOf(alertOf({ "proc.pid": started?.pid ?? 0 }), { tree: true }));
  await started?.end();
});

describe("host:stop and host:continue", needs("all processes"), () => {
  test("stops and continues a process", async () => {
    started = startSleeper();
    const { pid } = started;
    const request = requestOf(alertOf({ "proc.pid": pid }), withFallbacks(stop.parameters, {}));
    expect(await stop.run(request)).toMatchObject({ outcome: "done", answer: expect.stringContaining(`${pid}`) });
    await until(pid, "T");
    expect(await stop.run(request)).toMatchObject({ outcome: "done" });
    expect(await goOn.run(request)).toMatchObject({ outcome: "done" });
    await until(pid, "S");
  });

  test("stops and continues a tree", async () => {
    started = startSleeper("sh", ["-c", "sleep 600 & sleep 601 & wait"]);
    const { pid } = started;
    let children: number[] = [];
    for (let i = 0; i < 100 && children.length < 2; i++) {
      await sleep(10);
      children = childrenOf(pid, [String(pid)]);
    }
    const request = requestOf(alertOf({ "proc.pid": pid }), { tree: true });
    expect(await stop.run(request)).toMatchObject({ answer: expect.stringContaining("2 descendants") });
    for (const each of [pid, ...children]) await until(each, "T");
    expect(await goOn.run(request)).toMatchObject({ outcome: "done" });
    for (const each of [pid, ...children]) await until(each, "S");
    process.kill(-pid, "SIGKILL");
  });
});

async function until(pid: number, state: string): Promise<void> {
  for (let i = 0; i < 200 && stateOf(pid) !== state; i++) await sleep(10);
  expect(stateOf(pid)).toBe(state);
}
