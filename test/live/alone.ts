// Runs before each file of `*.live.test.ts`: waits until no other live test is running, since a live test sees the
// actions of all programs on the machine.
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll } from "vitest";

/** An abstract socket: the kernel releases it when the process ends. */
const ADDRESS = "\0eyas-live-test";
const PAUSE = 50;

function listen(): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(ADDRESS, () => resolve(server));
    server.unref();
  });
}

let server = await listen();
while (server === undefined) {
  await delay(PAUSE);
  server = await listen();
}
afterAll(() => {
  server.close();
});
