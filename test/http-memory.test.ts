import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { endpointOf, postOf, send } from "./attack/listeners/client.ts";
import { startTarget, type Target } from "./attack/listeners/target.ts";

let target: Target | undefined;
afterEach(async () => {
  await target?.end();
  target = undefined;
});

const alert = (number: number): string =>
  JSON.stringify({
    ...{ hostname: "falco-7", output: "Shell in a container", priority: "Warning", rule: "Terminal shell" },
    ...{ output_fields: { "attack.number": number }, time: new Date().toISOString() },
  });

const gzip = "content-type: application/json\r\ncontent-encoding: gzip\r\n";

test.each<readonly [string, string]>([
  ["empty objects", "{},"],
  ["numbers", "1,"],
  ["empty lists", "[],"],
])(
  "gzip bodies of 16 kB that inflate to 12 MB of %s do not end the program, and other bodies are received",
  {
    timeout: 300_000,
  },
  async (_, item) => {
    target = await startTarget();
    const { alerts, events, token } = target;
    const body = gzipSync(`[${item.repeat(Math.floor(12e6 / item.length))}1]`, { level: 9 });
    expect(body.length).toBeLessThan(20_000);
    for (const endpoint of [endpointOf(alerts, token), endpointOf(events, token)]) {
      const sent = Array.from({ length: 6 }, () => send(endpoint, postOf(endpoint, body, gzip), 120_000));
      expect([413, 429]).toEqual(expect.arrayContaining([...new Set(await Promise.all(sent))]));
    }
    const endpoint = endpointOf(alerts, token);
    expect(await send(endpoint, postOf(endpoint, alert(7)), 120_000)).toBe(200);
    expect(target.running).toBe(true);
    expect([...(await target.end())]).toEqual([7]);
  },
);

test("one-byte chunks and pipelined requests need no additional memory", { timeout: 300_000 }, async () => {
  target = await startTarget();
  const { alerts, token } = target;
  const endpoint = endpointOf(alerts, token);
  const head = `POST / HTTP/1.1\r\nhost: x\r\n${endpoint.authorization}content-type: application/json\r\n`;
  const chunked = `${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n`;
  const parts = [chunked, "1\r\n \r\n".repeat(2_000_000), "0\r\n\r\n"];
  expect(await Promise.all([1, 2, 3].map(() => send(endpoint, parts, 120_000)))).toEqual([400, 400, 400]);
  await send(endpoint, [`${head}content-length: 2\r\n\r\n{}`.repeat(100_000)], 120_000);
  expect(await send(endpoint, postOf(endpoint, alert(7)), 120_000)).toBe(200);
  expect(target.running).toBe(true);
});
