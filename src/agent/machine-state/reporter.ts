import { cut } from "../../output/facts.ts";
import type { MachineState } from "../../output/machine-state.ts";
import { lagOf, outputState } from "../../output/state.ts";
import { processMetrics } from "../../telemetry/process.ts";
import { version } from "../home.ts";
import { processBegan } from "../metrics/fill.ts";
import { observeHealth } from "../metrics/session-health.ts";
import type { MetricsInput } from "../metrics/state.ts";
import type { MachineIdentity } from "./identity.ts";
import type { LoggedError } from "./last-error.ts";
import type { RuleDigest } from "./rule-digest.ts";

/** Maximum number of outputs in a document, and of characters of names, reasons and errors. */
const MAX_OUTPUTS = 50;
const MAX_NAME = 200;
const MAX_REASON = 300;
const MAX_ERROR = 500;

/** Facts that a document contains in addition to metrics. */
export interface MachineFacts {
  readonly identity: MachineIdentity;
  readonly rules: RuleDigest;
  readonly error: LoggedError | undefined;
}

/** Counters at the time of a document. */
interface Counters {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly events: number;
  readonly dropped: number;
  readonly cpuSeconds: number;
}

/** Reports the state of the agent. Rates and differences are relative to the last document written. */
export class StateReporter {
  private before: Counters = { time: processBegan, events: 0, dropped: 0, cpuSeconds: 0 };
  private lastDropped: number | undefined;
  private knownDropped = 0;

  /**
   * Returns the state at the time `now`.
   * @param now milliseconds since the epoch
   * @returns the document, and a function to call when the document has been written
   */
  report(
    observed: MetricsInput,
    { identity, rules, error }: MachineFacts,
    isStopped: boolean,
    now = Date.now(),
  ): { readonly state: MachineState; readonly written: () => void } {
    const { session, sources, active, alerts, health } = observed;
    observeHealth(health, session, now);
    const counters = this.countersOf(observed, now);
    const { before } = this;
    const seconds = Math.max(0.001, (now - before.time) / 1000);
    const since = (name: "events" | "dropped" | "cpuSeconds"): number => Math.max(0, counters[name] - before[name]);
    const outputs = outputsOf(observed, now);
    const { state: sensor = "off" } = health.get("sensor") ?? {};
    const canary = session.checks?.()?.lastArrived;
    const state: MachineState = {
      "@timestamp": iso(now),
      host: {
        name: cut(identity.name, MAX_NAME),
        architecture: cut(identity.architecture, MAX_NAME),
        os: { kernel: cut(identity.kernel, MAX_NAME) },
      },
      agent: { id: identity.id, type: "eyas", version: version() },
      eyas: {
        started: iso(processBegan),
        uptime: Math.max(0, Math.floor((now - processBegan) / 1000)),
        stopped: isStopped,
        sensor,
        health: health.entries().map(([name, one]) => ({
          name,
          state: one.state,
          reason: cut(one.reason, MAX_REASON),
          since: iso(one.since),
        })),
        rules: {
          digest: rules.digest,
          files: cut(rules.files, MAX_NAME),
          number: sources.reduce((sum, source) => sum + source.rules.length, 0),
          loaded: iso(active.since),
        },
        events: {
          rate: hundredth(since("events") / seconds),
          total: counters.events,
          dropped: counters.dropped,
          dropped_recently: since("dropped"),
          last_dropped: this.lastDropped === undefined ? null : iso(this.lastDropped),
          lag: hundredth(Math.max(0, ...sources.map(({ lag }) => lag?.lag() ?? 0))),
        },
        outputs: outputs.slice(0, MAX_OUTPUTS),
        backlog: Math.max(0, ...outputs.map(({ backlog }) => backlog)),
        output_lag: Math.max(0, ...outputs.map(({ lag }) => lag)),
        memory: process.memoryUsage.rss(),
        cpu: hundredth((100 * since("cpuSeconds")) / seconds),
        last_error: error === undefined ? null : { message: cut(error.message, MAX_ERROR), time: iso(error.time) },
        last_canary: canary === undefined ? null : iso(canary),
        last_alert: alerts.last === 0 ? null : iso(alerts.last),
      },
    };
    return {
      state,
      written: () => {
        this.before = counters;
      },
    };
  }

  private countersOf({ session, sources }: MetricsInput, now: number): Counters {
    const dropped = session.live?.counts().lost ?? 0;
    if (dropped > this.knownDropped) this.lastDropped = now;
    this.knownDropped = dropped; // starts again with each session
    const events = sources.reduce((sum, { engine }) => sum + engine.events, 0);
    return { time: now, events, dropped, cpuSeconds: processMetrics().cpuSeconds };
  }
}

function outputsOf({ session }: MetricsInput, now: number): MachineState["eyas"]["outputs"] {
  return session.delivery.outputs().flatMap((output) => {
    if (output.removed === true) return [];
    const lag = lagOf(output.first, now);
    const { name, waiting } = output;
    return [{ name: cut(name, MAX_NAME), state: outputState({ ...output, lag }), backlog: waiting, lag }];
  });
}

/** Times outside the range of dates become the start of the epoch. */
function iso(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}
