import type { Machine } from "../schemas/machine.ts";
import { type EvaluatedState, evaluateMachine, type Norms } from "./evaluate.ts";
import type { KnownMachine } from "./known-machine.ts";
import { machineStates } from "./machine-states.ts";

/** Number of shown digits of a digest. */
const SHOWN_DIGITS = 12;

/** A machine with only its ID, host name and state. */
export function bareMachine(id: string, hostname: string, { state, since, reason }: EvaluatedState): Machine {
  const { level, about } = machineStates[state];
  return {
    ...{ id, hostname, state, level, about, since: isoTime(since), reason, seen: null },
    ...{ version: "", kernel: "", architecture: "", rate: null, dropped: null, backlog: null, memory: null },
    ...{ rules: "", lastAlert: null, alerts: null, started: null, uptime: null, sensor: "" },
    ...{ ruleFiles: "", ruleNumber: null, rulesLoaded: null, digest: "", events: null, droppedRecently: null },
    ...{ lastDropped: null, lag: null, outputLag: null, cpu: null, lastError: "", lastErrorTime: null },
    ...{ lastCanary: null, health: [], outputs: [] },
  };
}

/** A machine of a fleet. @param now milliseconds since the epoch */
export function shownMachine(known: KnownMachine, norms: Norms, now: number): Machine {
  const { id, facts, seen } = known;
  const bare = { ...bareMachine(id, facts?.hostname ?? "", evaluateMachine(known, norms, now)), seen: isoTime(seen) };
  if (facts === undefined) return bare;
  const { version, kernel, architecture, sensor, rate, dropped, backlog, memory, uptime, rules } = facts;
  return {
    ...bare,
    ...{ version, kernel, architecture, sensor, rate, dropped, backlog, memory, uptime },
    rules: rules.digest.slice(0, SHOWN_DIGITS),
    digest: rules.digest,
    ruleFiles: rules.files,
    ruleNumber: rules.number,
    rulesLoaded: isoTime(rules.loaded),
    lastAlert: isoTime(facts.lastAlert),
    started: isoTime(facts.started),
    events: facts.events,
    droppedRecently: facts.droppedRecently,
    lastDropped: isoTime(facts.lastDropped),
    lag: facts.lag,
    outputLag: facts.outputLag,
    cpu: facts.cpu,
    lastError: facts.lastError,
    lastErrorTime: isoTime(facts.lastErrorTime),
    lastCanary: isoTime(facts.lastCanary),
    health: facts.health.map((one) => ({ ...one, since: isoTime(one.since) })),
    outputs: [...facts.outputs],
  };
}

/** @param milliseconds since the epoch */
export function isoTime(milliseconds: number | null | undefined): string | null {
  return milliseconds === null || milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
