import { describe, expect, it } from "vitest";
import { alertAt, ofProcess } from "../../ui-shared/lanes/lanes.fixture.ts";
import { activityOf } from "./activity.ts";

describe("the activity of a process in a selected time range", () => {
  const selection = { since: 1000, until: 2000 };
  const subject = ofProcess(1500, 20, "sh", { isSubject: true });
  const process = { pid: 20, isAlert: true };

  it("counts the alerts of the process, except alerts of the same PID on another machine", () => {
    const others = [
      ...[ofProcess(999, 20, "sh"), ofProcess(1000, 20, "sh"), ofProcess(1999, 20, "curl"), ofProcess(2000, 20, "sh")],
      ...[ofProcess(1100, 21, "sh"), ofProcess(1100, 20, "sh", { hostname: "node-2" }), alertAt(1100)],
    ];
    expect(activityOf(process, [subject, ...others], selection)).toEqual({ started: false, alerts: 3 });
    expect(activityOf({ pid: 21, isAlert: false }, [subject, ...others], selection).alerts).toBe(1);
  });

  it("counts the alert of the page for the process that caused it, even if the PID is unknown", () => {
    expect(activityOf({ pid: 0, isAlert: true }, [alertAt(1500, { isSubject: true })], selection).alerts).toBe(1);
    expect(activityOf({ pid: 0, isAlert: false }, [alertAt(1500, { isSubject: true })], selection).alerts).toBe(0);
  });

  it.each([
    [999, false],
    [1000, true],
    [1999, true],
    [2000, false],
  ])("includes a start at %d ms: %s", (at, started) => {
    const time = new Date(at).toISOString();
    expect(activityOf({ ...process, time }, [subject], selection).started).toBe(started);
  });
});
