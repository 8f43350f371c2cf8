import { expect, it } from "vitest";
import type { AlertDetail, TimelineEntry } from "../../src/api/schemas/alert.ts";
import { laneAlerts } from "./lane-alerts.ts";

const detail: AlertDetail = {
  ...{ id: "own", time: "2026-11-27T12:00:01.000000000Z", rule: "Shell", priority: "Critical", source: "syscall" },
  ...{ hostname: "node-1", tags: [], output: "", state: "open", comments: [], responses: [], mitre: [], sentence: "" },
  fields: { "proc.pid": 20, "proc.name": "sh", "container.id": "c1", "container.name": "web" },
  ...{ fieldMeanings: {}, fieldTimes: {} },
};
const entry = (id: string, time: string): TimelineEntry => ({
  ...{ id, time, rule: "File read", priority: "Warning", source: "syscall", hostname: "node-1", output: "" },
  relation: "process",
});

it("the alert of the page is among the related alerts, with the process and container of its fields", () => {
  const timeline = [
    entry("later", "2026-11-27T12:00:02.5Z"),
    entry("own", detail.time),
    entry("first", "2026-11-27T12:00:00Z"),
  ];
  const alerts = laneAlerts(detail, timeline);
  expect(alerts.map(({ id }) => id)).toEqual(["first", "own", "later"]);
  expect(alerts[1]).toMatchObject({
    ...{ isSubject: true, at: Date.parse("2026-11-27T12:00:01Z") },
    ...{ process: { pid: 20, name: "sh" }, container: { id: "c1", name: "web" } },
  });
  expect(laneAlerts({ ...detail, fields: {} }, [])[0]).not.toHaveProperty("process");
});
