import { expect, test } from "vitest";
import type { InternalEvent } from "../../../alert/internal.ts";
import { Health } from "../../../telemetry/health.ts";
import { Stops } from "./stops.ts";

/** Checks at these times, in milliseconds. The test uses almost no CPU time between the checks. */
function checkedAt(times: readonly number[], at: { continued?: number; dropped?: number } = {}) {
  const raised: InternalEvent[] = [];
  let dropped = 0;
  const stops = new Stops(
    { raise: (event) => raised.push(event), health: new Health(), log: () => {} },
    () => dropped,
    0,
  );
  const stopped = times.map((time) => {
    if (time === at.continued) process.emit("SIGCONT", "SIGCONT");
    if (time === at.dropped) dropped += 12;
    return stops.check(time);
  });
  stops.close();
  return { raised, stopped };
}

test("a gap without CPU time is a stop, which is reported once with the duration", () => {
  const { raised, stopped } = checkedAt([100_000, 101_000, 200_000, 201_000]);
  expect(stopped).toEqual([true, false, true, false]);
  expect(raised.map(({ priority }) => priority)).toEqual(["Warning", "Warning"]);
  expect(raised[0]?.fields).toEqual({ "eyas.stopped_seconds": 100, "eyas.events_dropped": 0 });
});

test("checks at the usual interval detect no stop", () => {
  expect(checkedAt([1000, 2500, 4000, 6500])).toMatchObject({ raised: [], stopped: [false, false, false, false] });
});

test("a stop that ends with SIGCONT is critical, even if the signal arrives late, and dropped events are counted", () => {
  const { raised } = checkedAt([50_000, 51_000, 52_000], { continued: 51_000, dropped: 51_000 });
  expect(raised).toHaveLength(1);
  expect(raised[0]).toMatchObject({ priority: "Critical", fields: { "eyas.events_dropped": 12 } });
  expect(raised[0]?.message).toContain("12 events dropped");
});
