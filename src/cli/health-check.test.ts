import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../agent/home.ts";
import { healthTable } from "./health-check.ts";

test("the table lists components, and escapes control characters in reasons", () => {
  const since = "2026-01-14T09:20:11.402Z";
  expect(
    healthTable({
      status: "failed",
      components: {
        sensor: { status: "ok", since },
        canary: { status: "failed", reason: "no event\u001b[2J arrives", since },
      },
    }),
  ).toBe(`status: failed

COMPONENT  STATUS  SINCE                     REASON
sensor     ok      2026-01-14T09:20:11.402Z
canary     failed  2026-01-14T09:20:11.402Z  no event\\x1b[2J arrives
`);
});

test("the exit code is 1 if a critical component has failed or no agent responds", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(503, { "content-type": "application/json" }).end('{"status":"failed"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const words = ["health", "-o", "webserver.enabled=true", "-o", `webserver.listen_port=${port}`];
  const run = async (): Promise<readonly [number | null, string]> => {
    const child = spawn(join(home, "bin/eyas"), words, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    const [code] = await once(child, "close");
    return [code, text];
  };
  expect(await run()).toEqual([1, "status: failed\n"]);
  expect(asked).toEqual(["/healthz?verbose"]);
  server.close();
  await once(server, "close");
  const [code, text] = await run();
  expect(code).toBe(1);
  expect(text).toMatch(/^eyas: Request to http:\/\/127\.0\.0\.1:\d+\/healthz\?verbose failed: /);
});
