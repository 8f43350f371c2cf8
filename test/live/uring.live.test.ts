import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OUTBOUND, PORT, Ring, ROWS } from "../detection/uring.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, type LiveSensor, READY_RULE, startSensorWith } from "./sensor.ts";

/** A rule that tests only the call, as network rules do. */
const RULES = `${READY_RULE}
- rule: ${OUTBOUND}
  desc: Fires on a connection of the program of this test.
  condition: evt.type = connect and proc.name = ring and fd.sip = 127.0.0.1 and fd.sport = ${PORT}
  output: "%proc.name %proc.cmdline %evt.is_io_uring"
  priority: NOTICE
`;

describe("rules on system calls", needs("root", "sensor", "gcc", "liburing"), () => {
  let sensor: LiveSensor;
  let ring: Ring;

  beforeAll(async () => {
    ring = new Ring();
    sensor = await startSensorWith(ALL_RULES, RULES);
  }, 180_000);

  afterAll(async () => {
    await sensor?.stop();
    ring?.remove();
  });

  test.each(ROWS.map((row) => ({ what: row[0], rule: row[1], row })))(
    "$what: $rule",
    async ({ rule, row }) => {
      const [program = "", ...words] = ring.command(row);
      const before = sensor.alerts().length;
      const { status, stderr } = spawnSync(program, words, { cwd: ring.folder, encoding: "utf8", timeout: 5000 });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      await sensor.settled();
      const alerts = sensor.alerts().slice(before);
      expect(alerts.filter((alert) => alert.rule === rule && alert.fields["proc.name"] === "ring")).not.toEqual([]);
    },
    60_000,
  );

  test("are evaluated with the probe's programs for io_uring attached", async () => {
    await sensor.settled();
    expect(sensor.log()).not.toContain("are not watched");
  });
});
