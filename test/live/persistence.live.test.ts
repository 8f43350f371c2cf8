import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { openStage } from "../../src/drill/stage.ts";
import { CELLS, leftovers, prepare, remove, runCell } from "../detection/persistence.ts";
import { needs } from "../parts/needs.ts";
import { ALL_RULES, alertsOf, markedRules, startSensorWith } from "./sensor.ts";

const mark = (what: string) => `persistence-${what.replaceAll(/[^a-zA-Z0-9]/g, "-")}`;

describe(
  "ways to stay on a machine",
  needs("root", "sensor", "clang-19", "gcc", "liburing", "mount namespaces"),
  () => {
    let alerts: readonly DrilledAlert[] = [];
    const ends = new Map<string, string>();

    beforeAll(async () => {
      prepare();
      const stage = openStage();
      const sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES));
      const isSeen = ({ what, rule }: (typeof CELLS)[number]): boolean =>
        alertsOf(alerts, mark(what)).some((alert) => alert.rule === rule);
      // If a cell raises no alert, it is repeated once: in rare cases, the first file in a new directory is not
      // recognized yet.
      for (let run = 0; run < 2; run++) {
        for (const cell of CELLS.filter((each) => !isSeen(each))) {
          stage.beginAction(mark(cell.what));
          const { code, output } = await runCell(stage, cell);
          ends.set(cell.what, code === 0 ? "done" : output);
        }
        await sensor.settled();
        alerts = sensor.alerts();
      }
      stage.end();
      await sensor.stop();
    }, 300_000);

    afterAll(remove);

    test.each(CELLS)("$what: $rule", ({ what, rule }) => {
      expect(ends.get(what)).toBe("done");
      expect(alertsOf(alerts, mark(what)).map((alert) => alert.rule)).toContain(rule);
    });

    test("leave nothing behind", () => {
      expect(leftovers()).toEqual([]);
    });
  },
);
