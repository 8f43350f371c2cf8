import { describe, expect, test } from "vitest";
import { DIGEST, type StateChanges, stateOf } from "../../output/machine-state.fixture.ts";
import { machineFacts } from "../store/elasticsearch/machine-facts.ts";
import { compareVersions, evaluateMachine, normsOf } from "./evaluate.ts";
import type { KnownMachine } from "./known-machine.ts";

const NOW = Date.now();
const iso = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

function machine(number: number, changes: StateChanges = {}, more: Partial<KnownMachine> = {}): KnownMachine {
  const { ago = 0 } = changes;
  const facts = machineFacts(stateOf(number, changes));
  return { id: `${number}`, seen: NOW - ago * 1000, isStopped: false, isAhead: false, facts, ...more };
}

const usual = [1, 2, 3].map((number) => machine(number));
const stateIn = (one: KnownMachine): string => evaluateMachine(one, normsOf([...usual, one], NOW), NOW).state;
const component = (name: string, state: string, reason = "it is so") => ({ name, state, reason, since: iso(60) });
const rules = (digest: string, files = "syscall.yaml") => ({ rules: { digest, files, number: 1, loaded: iso(90) } });
const events = (more: object) => ({ events: { ...stateOf(1).eyas.events, ...more } });

describe("the state of a machine", () => {
  test.each<[string, StateChanges, Partial<KnownMachine>?]>([
    ["healthy", {}],
    ["healthy", { ago: 119 }],
    ["silent", { ago: 121 }],
    ["stopped", { ago: 9000 }, { isStopped: true }],
    ["blind", { eyas: { health: [component("sensor", "failed")] } }],
    ["blind", { eyas: { health: [component("outputs", "degraded"), component("canary", "failed")] } }],
    ["dropping", { eyas: events({ dropped: 7, last_dropped: iso(290) }) }],
    ["healthy", { eyas: events({ dropped: 7, last_dropped: iso(310) }) }],
    ["behind", { eyas: events({ lag: 31 }) }],
    ["behind", { eyas: { outputs: [{ name: "slack", state: "behind", backlog: 7, lag: 70 }] } }],
    ["behind", { eyas: { backlog: 10_000 } }],
    ["failing outputs", { eyas: { health: [component("outputs", "degraded", "slack is rejecting")] } }],
    ["degraded", { eyas: { health: [component("disk", "degraded")] } }],
    ["clock ahead", {}, { isAhead: true }],
    ["degraded", {}, { facts: undefined }],
    ["old rules", { eyas: rules("b".repeat(64)) }],
    ["healthy", { eyas: rules("b".repeat(64), "own.yaml") }],
    ["old version", { version: "1.1.9" }],
    ["old version", { version: "none" }],
    ["healthy", { version: "1.2.0-rc.1" }],
  ])("%s", (state, changes, more = {}) => {
    expect(stateIn(machine(9, changes, more))).toBe(state);
  });

  test("has a start and a reason", () => {
    const failing = machine(9, { eyas: { health: [component("outputs", "degraded", "slack is rejecting")] } });
    expect(evaluateMachine(failing, normsOf(usual, NOW), NOW)).toEqual({
      ...{ state: "failing outputs", reason: "slack is rejecting", since: NOW - 60_000 },
    });
    const old = machine(9, { eyas: rules("b".repeat(64)) });
    expect(evaluateMachine(old, normsOf(usual, NOW), NOW)).toEqual({
      ...{
        state: "old rules",
        reason: `most machines have rules with the digest ${DIGEST.slice(0, 12)}`,
        since: NOW - 90_000,
      },
    });
    expect(evaluateMachine(machine(9, { ago: 500 }), normsOf(usual, NOW), NOW).since).toBe(NOW - 500_000);
  });
});

test("machines that are silent or stopped do not count as most machines", () => {
  const fresh = machine(1, { eyas: rules("b".repeat(64)) });
  const gone = [2, 3, 4].map((number) => machine(number, { ago: 600, version: "9.0.0" }));
  const norms = normsOf([fresh, ...gone], NOW);
  expect(evaluateMachine(fresh, norms, NOW).state).toBe("healthy");
});

test("if two rulesets are used by the same number of machines, the ruleset that was loaded first is old", () => {
  const before = machine(1, { eyas: { rules: { digest: "1", files: "a", number: 1, loaded: iso(900) } } });
  const after = machine(2, { eyas: { rules: { digest: "2", files: "a", number: 1, loaded: iso(30) } } });
  const norms = normsOf([before, after], NOW);
  expect([before, after].map((one) => evaluateMachine(one, norms, NOW).state)).toEqual(["old rules", "healthy"]);
});

test.each([
  ["1.2.3", "1.2.3", 0],
  ["1.2.10", "1.2.9", 1],
  ["1.2.3", "2.0.0", -1],
  ["", "0.0.1", -1],
  ["99999999999999999999.0.0", "0.0.1", -1],
  ["<b>", "x", 0],
])("the versions %j and %j", (one, other, sign) => {
  expect(Math.sign(compareVersions(one, other))).toBe(sign);
});

test("invalid and very large values in untrusted documents are unknown, and long texts are shortened", () => {
  const big = "x".repeat(100_000);
  const facts = machineFacts({
    "@timestamp": "+275760-09-13T00:00:00.000Z",
    host: { name: big, os: "none" },
    agent: { version: ["1.0.0"] },
    eyas: {
      uptime: -1,
      started: "2026-13-45T00:00:00Z",
      health: Array.from({ length: 10_000 }, () => ({ name: big, state: 7, since: "yesterday" })),
      events: { rate: 1e300, total: "12", dropped: Number.NaN, last_dropped: "99999-01-01T00:00:00Z" },
      outputs: "none",
      backlog: 1.5,
      memory: 2 ** 60,
      last_error: { message: "half \ud800 of a pair" },
    },
  });
  expect(facts).toMatchObject({
    ...{ time: 0, version: "", kernel: "", uptime: null, started: null, rate: null, events: null, dropped: null },
    ...{ lastDropped: null, outputs: [], backlog: 2, memory: null, lastError: "half \ufffd of a pair" },
  });
  expect(facts.hostname).toHaveLength(255);
  expect(facts.health).toHaveLength(50);
  expect(facts.health[0]).toMatchObject({ state: "", since: null });
  expect(machineFacts(undefined)).toMatchObject({ hostname: "", health: [] });
});
