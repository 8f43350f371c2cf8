import { expect, test } from "vitest";
import { viewOf } from "./rates.ts";
import { reportAt, ruleWith, sourceWith } from "./view.fixture.ts";

test("rates are differences per second", () => {
  const before = reportAt(100, {
    ...{ cpu_seconds: 10, alerts: 5 },
    sources: [sourceWith({ events: 1000, drops: 1, busy_seconds: 3 })],
    processes: [{ name: "sh", pid: 1, many: false, container: "", events: 10, alerts: 0 }],
    containers: [{ id: "", name: "", image: "", pod: "", events: 10, alerts: 0 }],
    rules: [ruleWith({ events: 100, samples: 1, sampled_seconds: 1e-6 })],
  });
  const now = reportAt(102, {
    ...{ cpu_seconds: 11, alerts: 9 },
    sources: [sourceWith({ events: 3000, drops: 5, busy_seconds: 3.5, lag_seconds: 0.1 })],
    processes: [
      { name: "sh", pid: 1, many: false, container: "", events: 110, alerts: 2 },
      { name: "new", pid: 2, many: true, container: "", events: 8, alerts: 0 },
    ],
    containers: [{ id: "", name: "", image: "", pod: "", events: 30, alerts: 0 }],
    rules: [ruleWith({ events: 2100, samples: 4, sampled_seconds: 8e-6, matches: 7, alerts: 3 })],
  });
  expect(viewOf(before, now)).toMatchObject({
    ...{ uptime_seconds: 102, interval_seconds: 2, cpu: 0.5, events_per_second: 1000, alerts: 9, alerts_per_second: 2 },
    sources: [{ events_per_second: 1000, drops_per_second: 2, drops: 5, cpu: 0.25, lag_seconds: 0.1 }],
    processes: [
      { name: "sh", events_per_second: 50, alerts: 2 },
      { name: "new", events_per_second: 4 },
    ],
    containers: [{ events_per_second: 10 }],
    rules: [{ events_per_second: 1000, evaluation_seconds: 2e-6, cpu: 2e-3, matches: 7, alerts: 3 }],
  });
});

test("counters that restarted, and new sources and rules, have no negative or inflated rates", () => {
  const before = reportAt(1, { sources: [sourceWith({ events: 1000 })] });
  const now = reportAt(2, {
    sources: [sourceWith({ events: 10 }), sourceWith({ name: "app", events: 1e6, drops: 7 })],
    rules: [ruleWith({ events: 1e6 })],
  });
  const view = viewOf(before, now);
  expect(view.sources.map(({ events_per_second }) => events_per_second)).toEqual([0, 0]);
  expect(view.rules).toMatchObject([{ events_per_second: 0, evaluation_seconds: null, cpu: null }]);
});

test("reports at the same time give finite rates", () => {
  const one = reportAt(1, { sources: [sourceWith({ events: 1 })] });
  expect(viewOf(one, one).events_per_second).toBe(0);
});
