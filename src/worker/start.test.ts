import { expect, test, vi } from "vitest";
import { startWorker } from "./start.ts";
import { supervise } from "./supervise.ts";

/** Number of threads that can still be created. */
const system = vi.hoisted(() => ({ threads: 0 }));
vi.mock(import("node:worker_threads"), async (original) => {
  const threads = await original();
  class LimitedWorker extends threads.Worker {
    constructor(...options: ConstructorParameters<typeof threads.Worker>) {
      if (system.threads-- <= 0) throw Object.assign(new Error("EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" });
      super(...options);
    }
  }
  return { ...threads, Worker: LimitedWorker };
});

const ECHO = new URL(
  `data:text/javascript,${encodeURIComponent(`
import { parentPort } from "node:worker_threads";
parentPort.on("message", (command) => {
  parentPort.postMessage(command);
  if (command.kind === "closed") parentPort.close();
});
`)}`,
);

type Message = { readonly kind: "echo" | "closed" };

test("the start of a worker is retried if the system cannot create a thread, initially and after a pause", async () => {
  const failures: string[] = [];
  const heard: string[] = [];
  const worker = supervise<Message, Message>({
    ...{ url: ECHO, data: () => undefined, restartAfter: 10 },
    onMessage: ({ kind }) => heard.push(kind),
    onFailure(reason) {
      failures.push(reason);
      system.threads = failures.length % 2 === 0 ? 1 : 0;
    },
  });
  const sends = async () => await expect.poll(() => worker.send({ kind: "echo" }), { timeout: 60_000 }).toBe(true);
  await sends();
  worker.pause();
  worker.resume();
  expect(worker.send({ kind: "echo" })).toBe(false);
  await sends();
  await expect.poll(() => heard.length, { timeout: 60_000 }).toBeGreaterThan(0);
  expect(failures).toEqual(new Array(4).fill("the system cannot start a thread (EAGAIN)"));
  await worker.close({ kind: "closed" });
});

test("errors of the options are thrown", () => {
  system.threads = 1;
  expect(() => startWorker(ECHO, { workerData: () => undefined })).toThrow("could not be cloned");
});
