import { expect, test, vi } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { alertWith } from "../../output/alert.fixture.ts";
import type { DispatcherCommand, DispatcherMessage } from "../../output/dispatch/messages.ts";
import type { Supervised, SuperviseOptions } from "../../worker/supervise.ts";
import { openDispatcherWorker } from "./dispatcher-worker.ts";

let isUp = true;
let options: SuperviseOptions<DispatcherMessage> | undefined;

const supervised: Supervised<DispatcherCommand> = {
  send: () => isUp,
  unref() {},
  pause() {},
  resume() {},
  close: async () => {},
  end() {},
};

vi.mock(import("../../worker/supervise.ts"), () => ({
  supervise(given: unknown) {
    options = given as typeof options;
    queueMicrotask(() => options?.onMessage({ kind: "ready" }));
    return supervised as never; // the module sends only the commands of the dispatcher
  },
}));

const counts = { name: "slack", alerts: 5, delivered: 4, rejected: 0, lost: 1, retries: 0, waiting: 0 };

test("a stopped worker has failed until it is started again; alerts from memory are lost in the meantime", async () => {
  const { config } = await loadConfig(undefined, ["stdout_output.enabled=false"]);
  const said: string[] = [];
  const worker = await openDispatcherWorker(config, {
    record: async () => true,
    ended() {},
    listener: {},
    log: ({ message }) => said.push(message),
  });
  worker.order({ kind: "opened", newest: 0 });
  options?.onMessage({ kind: "started" });
  options?.onMessage({ kind: "counts", counts: [{ ...counts, first: undefined }] });
  expect(worker.failure).toBeUndefined();
  isUp = false;
  options?.onFailure("out of memory");
  expect(worker.failure).toBe("out of memory");
  worker.order({ kind: "add", alerts: [alertWith("one"), alertWith("two")] });
  expect(worker.counts()).toMatchObject([{ name: "slack", alerts: 7, delivered: 4, lost: 3 }]);
  isUp = true;
  options?.onRestart?.();
  options?.onMessage({ kind: "ready" });
  expect(worker.failure).toBe("out of memory");
  options?.onMessage({ kind: "started" });
  expect(worker.failure).toBeUndefined();
  expect(said).toEqual([
    "The dispatcher stopped: out of memory; restarting it.",
    "2 alerts lost for all outputs: the dispatcher was not running.",
  ]);
});
