import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { watchAnswers } from "./answers.ts";
import { HANG_MS } from "./outcome.ts";

async function watched(milliseconds: number, listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const answers = watchAnswers(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, () => true);
  await sleep(milliseconds);
  setTimeout(() => server.closeAllConnections(), 100);
  const found = await answers.stop();
  await new Promise((resolve) => server.close(resolve));
  return found;
}

test("responses with any status are counted, and are not hangs", async () => {
  const { count, hangs } = await watched(1000, (_, response) => response.writeHead(503).end());
  expect(count).toBeGreaterThan(0);
  expect(hangs).toBe(0);
});

test("a server that accepts connections and does not respond hangs", async () => {
  expect(await watched(HANG_MS + 500, () => {})).toMatchObject({ count: 0, hangs: 1 });
});
