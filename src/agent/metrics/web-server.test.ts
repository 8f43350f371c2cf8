import { afterEach, expect, test } from "vitest";
import { occupyPort } from "../../../test/occupied-port.ts";
import { loadConfig } from "../../config/load.ts";
import { Health } from "../../telemetry/health.ts";
import { Samples } from "../../telemetry/samples.ts";
import { type MetricsServer, openMetricsServer } from "./web-server.ts";

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function configured(port: number) {
  const own = ["enabled=true", "listen_address=127.0.0.1", `listen_port=${port}`].map((one) => `webserver.${one}`);
  const { config, diagnostics } = await loadConfig(undefined, own);
  expect(diagnostics).toEqual([]);
  return config;
}

test("a reload of the same configuration opens a server that could not be opened", async () => {
  const lines: string[] = [];
  const opened = await openMetricsServer(await configured(0), {
    session: () => undefined,
    health: new Health(),
    fill: () => new Samples(),
    log: ({ level, message }) => void lines.push(`${level} ${message}`),
  });
  server = opened;
  const occupied = await occupyPort();
  const config = await configured(occupied.port);
  for (let i = 0; i < 2; i++) {
    lines.length = 0;
    await opened.apply({ config });
    expect(lines).toEqual([expect.stringMatching(/^error Cannot serve health and metrics: /)]);
  }
  await occupied.free();
  await opened.apply({ config });
  expect((await fetch(`http://127.0.0.1:${occupied.port}/versions`)).status).toBe(200);
  lines.length = 0;
  await opened.apply({ config });
  expect(lines).toEqual([]);
});
