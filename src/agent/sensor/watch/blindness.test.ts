import { expect, test } from "vitest";
import type { InternalEvent } from "../../../alert/internal.ts";
import { SensorError } from "../../../source/syscall/sensor-error.ts";
import { Health } from "../../../telemetry/health.ts";
import { CanaryStages } from "../../health/canary-stages.ts";
import { Blindness, type WatchedSource } from "./blindness.ts";

/** A sensor in which the test controls canaries. */
function watched() {
  const raised: InternalEvent[] = [];
  const health = new Health();
  const state = {
    ...{ works: true, unread: undefined as number | undefined, dropped: 0, reattached: 0, fails: false },
    /** Number of canaries that the engine reported as evaluated. */
    arrived: 0,
  };
  let time = 0;
  let recovered = 0;
  const nonces = new Set<bigint>();
  const live: WatchedSource = {
    canary(nonce) {
      expect(nonces.has(nonce)).toBe(false);
      nonces.add(nonce);
      if (state.works) queueMicrotask(() => blindness.seen(nonce, time));
    },
    oldestUnread: () => state.unread,
    counts: () => ({
      events: 0,
      tooLarge: 0,
      scratchBusy: 0,
      noRing: 0,
      overShare: 0,
      ringFull: state.dropped,
      lost: state.dropped,
    }),
    reattach() {
      state.reattached++;
      if (state.fails) throw new SensorError("no memory");
    },
  };
  const stages = new CanaryStages(health);
  stages.open();
  const context = {
    ...{ raise: (event: InternalEvent) => raised.push(event), health, log: () => {}, stages },
    canaryArrived: () => void state.arrived++,
  };
  const blindness = new Blindness(live, context, () => recovered++, time);
  /** Advances the clock in steps of 250 ms. */
  async function pass(seconds: number, step = () => {}): Promise<void> {
    for (let i = 0; i < seconds * 4; i++) {
      time += 250;
      step();
      blindness.check(time);
      await Promise.resolve();
    }
  }
  const rules = (): string[] => raised.map(({ rule }) => rule.replace("Eyas internal: ", ""));
  return { blindness, state, health, raised, rules, pass, recoveries: () => recovered };
}

test("canaries with different nonces arrive at random intervals of a few seconds", async () => {
  const { blindness, pass, rules, health, state } = watched();
  await pass(600);
  expect(state.arrived).toBe(blindness.canary.arrived);
  expect(blindness.canary.arrived).toBeGreaterThan(100);
  expect(blindness.canary.arrived).toBeLessThan(400);
  expect(rules()).toEqual([]);
  expect(health.get("canary")?.state).toBe("ok");
});

test("after a missing canary, one alert is raised, the probe is reattached at increasing intervals, and the recovery is reported", async () => {
  const { state, pass, rules, health, raised, recoveries } = watched();
  await pass(20);
  state.works = false;
  await pass(15);
  expect(rules()).toEqual(["sensor blind"]);
  expect(raised[0]).toMatchObject({ priority: "Critical", fields: { "eyas.stage": "kernel" } });
  expect(health.overall()).toBe("failed");
  expect(health.get("canary")?.reason).toMatch(/^kernel: no events arrive from the kernel since /);
  const early = state.reattached;
  expect(early).toBeGreaterThan(0);
  await pass(120);
  expect(state.reattached - early).toBeLessThan(10);
  expect(rules()).toEqual(["sensor blind"]);
  state.works = true;
  await pass(40);
  expect(rules()).toEqual(["sensor blind", "sensor works again"]);
  expect(Number(raised[1]?.fields["eyas.blind_seconds"])).toBeGreaterThan(130);
  expect(recoveries()).toBe(1);
  expect(health.get("canary")?.state).toBe("ok");
});

test("a canary that is dropped with other events does not cause a reattachment; a minute without canaries raises an alert", async () => {
  const { state, pass, rules, health } = watched();
  state.works = false;
  await pass(30, () => state.dropped++);
  expect(state.reattached).toBe(0);
  expect(rules()).toEqual([]);
  expect(health.get("canary")?.state).toBe("degraded");
  await pass(60, () => state.dropped++);
  expect(state.reattached).toBe(0);
  expect(rules()).toEqual(["sensor blind"]);
});

test("if the engine is behind, the sensor is not blind", async () => {
  const { state, pass, rules, health } = watched();
  state.works = false;
  state.unread = Date.now() - 60_000;
  await pass(25);
  expect(rules()).toEqual([]);
  expect(health.get("engine")?.state).toBe("degraded");
  expect(health.get("canary")).toMatchObject({ state: "degraded", reason: expect.stringMatching(/^engine: /) });
  await pass(25);
  expect(rules()).toEqual(["engine behind"]);
  expect(state.reattached).toBe(0);
  state.unread = Date.now() + 60_000; // later events are evaluated, but the canary never arrived
  await pass(2);
  expect(rules()).toEqual(["engine behind", "sensor blind"]);
});

test("if the probe cannot be reattached, the sensor has failed", async () => {
  const { state, pass, health } = watched();
  state.works = false;
  state.fails = true;
  await pass(15);
  expect(health.get("sensor")).toMatchObject({ state: "failed", reason: expect.stringContaining("no memory") });
});
