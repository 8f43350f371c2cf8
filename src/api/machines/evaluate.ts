import type { Component, KnownMachine, MachineFacts } from "./known-machine.ts";
import type { MachineStateName } from "./machine-states.ts";

/**
 * Time without a document after which a machine is silent, and time for which dropped events determine the state, in
 * milliseconds.
 */
export const SILENT = 120_000;
const DROPPING = 300_000;
/** Maximum lag of the evaluation in seconds, and minimum backlog in alerts with which a machine is behind. */
const MAX_LAG = 30;
const MAX_BACKLOG = 10_000;

/** The state of a machine. */
export interface EvaluatedState {
  readonly state: MachineStateName;
  /** Start of the state in milliseconds since the epoch; null if unknown. */
  readonly since: number | null;
  /** Reason for the state; empty if the state needs no reason. */
  readonly reason: string;
}

/** Rules and version with which machines are compared. */
export interface Norms {
  /** Most frequent digest of the rules, by the names of the rule files. */
  readonly digests: ReadonlyMap<string, string>;
  readonly highestVersion: string;
}

/** Whether a machine is silent. @param now milliseconds since the epoch */
export function isSilent({ seen, isStopped }: Pick<KnownMachine, "seen" | "isStopped">, now: number): boolean {
  return !isStopped && seen !== undefined && now - seen > SILENT;
}

/** Determines the most frequent rules and the highest version of running machines. */
export function normsOf(machines: readonly KnownMachine[], now: number): Norms {
  const counts = new Map<string, Map<string, { machines: number; loaded: number }>>();
  let highestVersion = "";
  for (const machine of machines) {
    const { facts } = machine;
    if (facts === undefined || machine.isStopped || isSilent(machine, now)) continue;
    if (compareVersions(facts.version, highestVersion) > 0) highestVersion = facts.version;
    const { digest, files, loaded } = facts.rules;
    if (digest === "") continue;
    const digests = counts.get(files) ?? new Map<string, { machines: number; loaded: number }>();
    counts.set(files, digests);
    const count = digests.get(digest) ?? { machines: 0, loaded: 0 };
    digests.set(digest, { machines: count.machines + 1, loaded: Math.max(count.loaded, loaded ?? 0) });
  }
  const digests = new Map<string, string>();
  for (const [files, found] of counts) {
    // If several digests have the same number of machines, the rules that were loaded last apply.
    const [most] = [...found].sort(([, a], [, b]) => b.machines - a.machines || b.loaded - a.loaded);
    if (most !== undefined) digests.set(files, most[0]);
  }
  return { digests, highestVersion };
}

/** The state of a machine. @param now milliseconds since the epoch */
export function evaluateMachine(machine: KnownMachine, norms: Norms, now: number): EvaluatedState {
  const { facts, seen = null } = machine;
  if (machine.isStopped) return { state: "stopped", since: seen, reason: "" };
  if (isSilent(machine, now)) return { state: "silent", since: seen, reason: "" };
  const trouble = facts && troubleOf(facts);
  if (trouble !== undefined) return trouble;
  if (machine.isAhead) return { state: "clock ahead", since: null, reason: "" };
  if (facts === undefined) return { state: "degraded", since: null, reason: "its last document cannot be read" };
  const { rules, version, started, health } = facts;
  const digest = norms.digests.get(rules.files);
  if (rules.digest !== "" && digest !== undefined && digest !== rules.digest)
    return {
      state: "old rules",
      since: rules.loaded,
      reason: `most machines have rules with the digest ${digest.slice(0, 12)}`,
    };
  if (compareVersions(version, norms.highestVersion) < 0)
    return { state: "old version", since: started, reason: `the highest version is ${norms.highestVersion}` };
  return { state: "healthy", since: latest([started, ...health.map(({ since }) => since)]), reason: "" };
}

/** The most severe problem of a running agent according to its last document; undefined if there is no problem. */
function troubleOf(facts: MachineFacts): EvaluatedState | undefined {
  const { time, health, lag, lastDropped, dropped, outputs, backlog } = facts;
  const component = (name: string): Component | undefined =>
    health.find((one) => one.name === name && one.state !== "ok");
  const blind = [component("sensor"), component("canary")].find((one) => one?.state === "failed");
  if (blind !== undefined) return ofComponent("blind", blind);
  // Both times are from the agent's clock.
  if (lastDropped !== null && time - lastDropped < DROPPING)
    return {
      state: "dropping",
      since: lastDropped,
      reason: `${(dropped ?? 0).toLocaleString("en")} events since the agent started`,
    };
  if (lag !== null && lag > MAX_LAG)
    return { state: "behind", since: null, reason: `events are evaluated ${Math.round(lag)} s late` };
  const failing = component("outputs");
  const late = outputs.find(({ state }) => state === "behind");
  if (late !== undefined) return { state: "behind", since: failing?.since ?? null, reason: `${late.name} is behind` };
  if (backlog !== null && backlog >= MAX_BACKLOG)
    return {
      state: "behind",
      since: failing?.since ?? null,
      reason: `an output has a backlog of ${backlog.toLocaleString("en")} alerts`,
    };
  if (failing !== undefined) return ofComponent("failing outputs", failing);
  const degraded = health.find(({ state }) => state !== "ok");
  return degraded && ofComponent("degraded", degraded, `${degraded.name}: ${degraded.reason}`);
}

function ofComponent(state: MachineStateName, { since, reason }: Component, shown = reason): EvaluatedState {
  return { state, since, reason: shown };
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Compares versions `major.minor.patch`. Other text is lower than every version. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  for (const [i, number] of a.entries()) {
    const difference = number - (b[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function numbersOf(version: string): readonly number[] {
  const found = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?!\d)/.exec(version);
  return found === null ? [] : found.slice(1, 4).map(Number);
}
