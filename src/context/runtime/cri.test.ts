import { getEventListeners } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { expect, test, vi } from "vitest";
import { openCri } from "./cri.ts";

/** Starts a runtime without containers that sends no events. */
async function startRuntime(asked: (method: string) => void): Promise<{ readonly socket: string; close(): void }> {
  const socket = join(mkdtempSync(join(tmpdir(), "eyas-cri-")), "cri.sock");
  const service = loadSync(join(import.meta.dirname, "cri.proto"), { keepCase: true })["runtime.v1.RuntimeService"];
  if (service === undefined || "format" in service) throw new Error("cri.proto has no service");
  const server = new Server();
  const answer = (method: string, value: object) => (_: unknown, callback: sendUnaryData<object>) => {
    asked(method);
    callback(null, value);
  };
  const methods = { Version: { runtime_name: "cri-o" }, ListPodSandbox: {}, ListContainers: {} };
  server.addService(
    service,
    Object.fromEntries(Object.entries(methods).map(([method, value]) => [method, answer(method, value)])),
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return { socket, close: () => server.forceShutdown() };
}

test("a runtime that sends no events is polled without collecting abort listeners, until it is closed", async () => {
  let lists = 0;
  const { socket, close } = await startRuntime((method) => {
    if (method === "ListContainers") lists++;
  });
  const combine = vi.spyOn(AbortSignal, "any");
  const runtime = await openCri(socket, { timeout: 5000, longestLabel: 100 });
  const end = runtime?.follow({ put() {}, end() {} }, () => {}, new AbortController().signal);
  await vi.waitFor(() => expect(lists).toBeGreaterThan(2), { timeout: 60_000, interval: 50 });
  const signal: AbortSignal = combine.mock.results[0]?.value;
  expect(getEventListeners(signal, "abort").length).toBeLessThan(2);
  runtime?.close();
  await end?.catch(() => {});
  expect(signal.aborted).toBe(true);
  close();
});
