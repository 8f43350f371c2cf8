import { expect, test } from "vitest";
import { Health } from "./health.ts";

test("the agent has failed if a critical component has failed, and is degraded if any other component is not ok", () => {
  const health = new Health();
  expect(health.overall()).toBe("ok");
  health.set("canary", "ok");
  health.set("disk", "failed", "/var is full");
  expect(health.overall()).toBe("degraded");
  health.set("canary", "failed", "not seen for 3 s");
  expect(health.overall()).toBe("failed");
  expect(health.overall(["disk"])).toBe("degraded");
  health.set("canary", "ok");
  health.remove("disk");
  expect(health.overall()).toBe("ok");
});

test("a change is reported once, with the time of the change", () => {
  let time = 1000;
  const changes: unknown[] = [];
  const health = new Health(
    (component, { state }) => changes.push([component, state]),
    () => time,
  );
  health.set("journal", "ok");
  health.set("journal", "failed", "no space");
  time = 2000;
  health.set("journal", "failed", "no space, again");
  expect(health.get("journal")).toEqual({ state: "failed", reason: "no space, again", since: 1000 });
  health.set("journal", "ok");
  expect(changes).toEqual([
    ["journal", "failed"],
    ["journal", "ok"],
  ]);
});
