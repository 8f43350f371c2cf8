import { expect, test } from "vitest";
import { Health } from "../../telemetry/health.ts";
import { CanaryStages } from "./canary-stages.ts";

test("the component lists each stage at which canaries are late or lost, and has the worst state", () => {
  const health = new Health();
  const stages = new CanaryStages(health);
  stages.open();
  expect(health.get("canary")?.state).toBe("ok");
  stages.fail("journal", "degraded", "the marker is not stored");
  expect(health.get("canary")).toMatchObject({ state: "degraded", reason: "journal: the marker is not stored" });
  stages.fail("kernel", "failed", "no event arrives");
  expect(health.get("canary")).toMatchObject({
    state: "failed",
    reason: "kernel: no event arrives; journal: the marker is not stored",
  });
  stages.pass("kernel");
  stages.pass("engine");
  expect(health.get("canary")).toMatchObject({ state: "degraded", reason: "journal: the marker is not stored" });
  stages.pass("journal");
  expect(health.get("canary")?.state).toBe("ok");
});

test("the component exists only while canaries are sent", () => {
  const health = new Health();
  const stages = new CanaryStages(health);
  stages.fail("journal", "degraded", "the marker is not stored");
  expect(health.get("canary")).toBeUndefined();
  stages.open();
  expect(health.get("canary")?.state).toBe("degraded");
  stages.close();
  stages.fail("journal", "degraded", "the marker could not be written");
  expect(health.get("canary")).toBeUndefined();
});
