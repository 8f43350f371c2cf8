import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { occupyPort } from "../../../test/occupied-port.ts";
import { loadConfig } from "../../config/load.ts";
import { type AlertIntake, openAlertIntake } from "./alert-intake.ts";

let intake: AlertIntake | undefined;
afterEach(async () => {
  await intake?.close();
  intake = undefined;
});

const folder = mkdtempSync(join(tmpdir(), "eyas-intake-"));

async function configured(port: number) {
  const own = ["enabled=true", "require_token=never", `listen_port=${port}`].map((one) => `alert_intake.${one}`);
  const { config, diagnostics } = await loadConfig(undefined, [`journal.path=${folder}/journal.db`, ...own]);
  expect(diagnostics).toEqual([]);
  return config;
}

test("a reload of the same configuration opens a listener that could not be opened", async () => {
  const lines: string[] = [];
  const log = ({ level, message }: { level: string; message: string }) => void lines.push(`${level} ${message}`);
  const opened = await openAlertIntake(
    await configured(0),
    "node-1",
    async () => undefined,
    () => {},
    log,
  );
  intake = opened;
  const occupied = await occupyPort();
  const config = await configured(occupied.port);
  for (let i = 0; i < 2; i++) {
    lines.length = 0;
    await opened.apply({ config });
    expect(lines).toEqual([expect.stringMatching(/^error Cannot receive alerts from other installations: /)]);
    expect(opened.listeners()).toEqual([]);
  }
  await occupied.free();
  await opened.apply({ config });
  expect((await fetch(`http://127.0.0.1:${occupied.port}/`)).status).toBeGreaterThan(0);
  lines.length = 0;
  await opened.apply({ config });
  expect(lines).toEqual([]);
});
