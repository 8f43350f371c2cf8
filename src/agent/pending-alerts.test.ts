import { afterEach, expect, test, vi } from "vitest";
import { alertWith } from "../output/alert.fixture.ts";
import { PendingAlerts } from "./pending-alerts.ts";

afterEach(() => void vi.restoreAllMocks());

test("alerts are delivered after the system clock is set back", () => {
  const pending = new PendingAlerts();
  const alert = alertWith("a");
  pending.add(alert);
  const present = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(present - 3_600_000);
  expect(pending.take(0)).toEqual([alert]);
});
