import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { limitHeaps } from "./heap.ts";
import { supervise } from "./supervise.ts";

type Order =
  | { readonly kind: "echo"; readonly text: string }
  | { readonly kind: "crash" | "grow" }
  | { readonly kind: "close" };
type Answer = { readonly kind: "echo"; readonly text: string } | { readonly kind: "closed" };

const url = new URL(
  `data:text/javascript,${encodeURIComponent(`
import { parentPort, workerData } from "node:worker_threads";
parentPort.on("message", (order) => {
  if (order.kind === "crash") throw new Error("out of luck");
  if (order.kind === "grow") for (const kept = []; ; ) kept.push(Array(1000).fill(kept.length));
  if (order.kind === "echo") parentPort.postMessage({ kind: "echo", text: workerData + order.text });
  if (order.kind === "close" && workerData !== "deaf ") {
    parentPort.postMessage({ kind: "closed" });
    parentPort.close();
  }
});
`)}`,
);

function start(name: string, options: { readonly closeTimeout?: number; readonly restartAfter?: number } = {}) {
  const heard: string[] = [];
  const broke: string[] = [];
  let starts = 0;
  const worker = supervise<Order, Answer>({
    url,
    data: () => {
      starts++;
      return `${name} `;
    },
    onMessage: ({ text }) => heard.push(text),
    onFailure: (reason) => broke.push(reason),
    onRestart: () => worker.send({ kind: "echo", text: "is back" }),
    restartAfter: 10,
    ...options,
  });
  return { worker, heard, broke, starts: () => starts };
}

test("a failed worker reports the reason, restarts with its data and receives missed commands", async () => {
  const { worker, heard, broke, starts } = start("one");
  worker.send({ kind: "crash" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["one is back"]);
  expect([broke, starts()]).toEqual([["out of luck"], 2]);
  await worker.close({ kind: "close" });
  expect(worker.send({ kind: "echo", text: "?" })).toBe(false);
  expect([broke.length, starts()]).toEqual([1, 2]);
});

test("a worker that exceeds the limit of all heaps ends alone, with the reason, and restarts", async () => {
  limitHeaps({ old: 16, young: 4 });
  const { worker, heard, broke } = start("large");
  worker.send({ kind: "grow" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["large is back"]);
  expect(broke).toEqual(["Worker terminated due to reaching memory limit: JS heap out of memory"]);
  await worker.close({ kind: "close" });
  limitHeaps(undefined);
});

test("a worker that does not close in time is terminated", async () => {
  const { worker, broke, starts } = start("deaf", { closeTimeout: 50 });
  await worker.close({ kind: "close" });
  await expect.poll(() => worker.send({ kind: "echo", text: "?" }), { timeout: 60_000 }).toBe(false);
  expect([broke, starts()]).toEqual([[], 1]);
});

test("a worker that is terminated while it is down does not restart", async () => {
  const { worker, broke, starts } = start("two", { restartAfter: 2000 });
  worker.send({ kind: "crash" });
  await expect.poll(() => broke, { timeout: 60_000 }).toEqual(["out of luck"]);
  worker.end();
  await new Promise((resolve) => setTimeout(resolve, 2100));
  expect(starts()).toBe(1);
});

test("a paused worker is not restarted until it is resumed", async () => {
  const { worker, heard, broke, starts } = start("five", { restartAfter: 1 });
  worker.send({ kind: "echo", text: "runs" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["five runs"]);
  worker.pause();
  expect(worker.send({ kind: "echo", text: "?" })).toBe(false);
  worker.resume();
  worker.send({ kind: "echo", text: "runs again" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["five runs", "five runs again"]);
  expect([broke, starts()]).toEqual([[], 2]);
  await worker.close({ kind: "close" });
});

test("a process waits for the end of a worker that does not keep it running", () => {
  const slow = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => setTimeout(() => parentPort.postMessage({ kind: "closed" }), 200));`;
  const program = `import { supervise } from ${JSON.stringify(new URL("./supervise.ts", import.meta.url).href)};
    const url = new URL("data:text/javascript," + encodeURIComponent(${JSON.stringify(slow)}));
    const worker = supervise({ url, data: () => undefined, onMessage() {}, onFailure() {} });
    worker.unref();
    await worker.close({ kind: "close" });
    console.log("closed");`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, "closed\n"]);
});
