import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type DrilledAlert, matchesAction } from "../../src/drill/check.ts";
import { DOCUMENT_ACTIONS } from "../../src/drill/documents/list.ts";
import { freePort } from "../parts/child.ts";
import { needs } from "../parts/needs.ts";
import { home, READY_RULE, runDrill, startSensorWith } from "./sensor.ts";

const SOURCES = ["k8s_audit", "suricata", "firewall"] as const;

const EXPECTED = DOCUMENT_ACTIONS.flatMap(({ rule, also = [] }) => [rule, ...also]).sort();

/** The agent reads the events from each kind of origin: HTTP, a socket, and a file. */
describe("the drill for document sources", needs("sensor"), () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-listeners-"));
  const reports = new Map<string, { outcome: string; reason: string | null }>();
  let alerts: readonly DrilledAlert[] = [];

  beforeAll(async () => {
    const address = {
      k8s_audit: `http://127.0.0.1:${await freePort()}/k8s-audit`,
      suricata: `unix:${folder}/eve.sock`,
      firewall: join(folder, "ulogd.json"),
    };
    const files = SOURCES.map((name) => join(home, `rules/${name}.yaml`));
    const keys = SOURCES.flatMap((name) => ["-o", `sources.${name}.from=${address[name]}`]);
    const sensor = await startSensorWith(files, READY_RULE, ...keys, "-o", "sources.k8s_audit.require_token=never");
    const drill = async (name: (typeof SOURCES)[number]): Promise<void> => {
      for (const option of [[], ["--benign"]]) {
        for (const [action, report] of await runDrill("--source", name, "--to", address[name], ...option)) {
          reports.set(`${action}${option}`, report);
        }
      }
    };
    await Promise.all(SOURCES.map(drill));
    // Events in files and sockets are not acknowledged.
    await vi.waitFor(() => expect(sensor.alerts().length).toBeGreaterThanOrEqual(EXPECTED.length), 60_000);
    alerts = sensor.alerts();
    await sensor.stop();
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(DOCUMENT_ACTIONS.map((action) => [action.name, action] as const))("%s", (name, action) => {
    expect([reports.get(name), reports.get(`${name}--benign`)]).toMatchObject([
      { outcome: "done" },
      { outcome: "done" },
    ]);
    const own = alerts.filter((alert) => matchesAction(action, alert));
    expect(own).toHaveLength(1);
  });

  test("raises no other alert", () => {
    expect(alerts.map(({ rule }) => rule).sort()).toEqual(EXPECTED);
  });
});
