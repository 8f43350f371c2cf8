import { expect, it } from "vitest";
import { alert, at, incident, millisecondsAt, process } from "./incident.fixture.ts";
import { isActive, laneAlerts } from "./lane-alerts.ts";

it("the alerts of an incident have the process and host of its tree", () => {
  const subject = alert(20, 1, { priority: "Critical" });
  const lanes = laneAlerts(
    incident({
      processes: [process("sh", undefined, { pid: 7 }), process("curl", 0, { pid: 8, hostname: "node-2" })],
      alerts: [subject, alert(10, 0), alert(30, undefined, { source: "suricata" })],
    }),
  );
  expect(lanes).toMatchObject([
    { at: millisecondsAt(10), isSubject: false, hostname: "node-1", process: { pid: 7, name: "sh" } },
    { id: subject.id, at: millisecondsAt(20), isSubject: true, hostname: "node-2", process: { pid: 8, name: "curl" } },
    { at: millisecondsAt(30), hostname: "", source: "suricata" },
  ]);
  expect(lanes[2]).not.toHaveProperty("process");
});

it("a node is active if it began, or an alert about it was raised, in the selected time range", () => {
  const selection = { since: millisecondsAt(10), until: millisecondsAt(20) };
  const times = [millisecondsAt(5)];
  expect(isActive({ times, alerts: [] })).toBe(true);
  expect(isActive({ times, alerts: [] }, selection)).toBe(false);
  expect(isActive({ times, alerts: [alert(20, 0)] }, selection)).toBe(false);
  expect(isActive({ times, alerts: [alert(20, 0), alert(10, 0)] }, selection)).toBe(true);
  expect(isActive({ times: [Date.parse(at(19))], alerts: [] }, selection)).toBe(true);
});
