import { randomInt } from "node:crypto";
import type { Config } from "../../../config/load.ts";
import type { Engine } from "../../../engine/engine.ts";
import { EventCode } from "../../../event/code.ts";
import type { Machine } from "../../../machine/machine.ts";
import type { LiveSource } from "../../../source/syscall/live.ts";
import { totalDropped } from "../../../telemetry/log-lines.ts";
import { logProbe } from "../live.ts";
import { accessTypes } from "./access.ts";
import { AccessAlerts, Note } from "./access-alerts.ts";
import { Blindness } from "./blindness.ts";
import type { CanaryContext } from "./context.ts";
import { Drops } from "./drops.ts";
import { Integrity } from "./integrity.ts";
import { journalTypes } from "./journal-files.ts";
import { Repair } from "./repair.ts";
import { Stops } from "./stops.ts";
import { Timeouts } from "./timeouts.ts";

/** Checks that the sensor works and is unchanged, and raises alerts when other processes access the agent. */
export interface SensorWatch {
  /** Runs the checks that are due. Must be called after events were evaluated. */
  check(): void;
  /** Applies a new configuration. */
  apply(settings: WatchSettings): void;
  counts(): SensorCounts;
  close(): void;
}

/** Counters of the checks since the start of the session. */
export interface SensorCounts {
  readonly arrived: number;
  /** Arrival time of the last canary, in milliseconds since the epoch; undefined if none has arrived. */
  readonly lastArrived: number | undefined;
  readonly missed: number;
  readonly changes: number;
  readonly reattached: number;
}

/** Configuration settings that the checks use. */
export type WatchSettings = Pick<Config, "syscall_event_drops" | "syscall_event_timeouts">;

export interface SensorWatchOptions extends CanaryContext {
  readonly live: LiveSource;
  readonly engine: Engine;
  readonly machine: Machine;
  readonly hostRoot: string;
  /** The path of the journal; undefined if the journal is not on disk. */
  readonly journal: string | undefined;
  readonly settings: WatchSettings;
  /**
   * ID of the process that this process has replaced, whose last actions are not reported as an access to the agent.
   */
  readonly replaced?: number | undefined;
  /** Ends the program with an error. */
  readonly stop: (reason: string) => void;
  /** Wakes the loop that evaluates events and calls `check`. */
  readonly wake: () => void;
}

/** Minimum and maximum interval between checks of the probe, in milliseconds. */
const [SHORTEST, LONGEST] = [500, 1500];
/** Time for which the engine and the sensor stay degraded after an incident, in milliseconds. */
const AFTERMATH = 60_000;
/** Minimum interval between reads of the state of the machine after missing events, in milliseconds. */
const RENEWAL = 10_000;

export function openSensorWatch(options: SensorWatchOptions): SensorWatch {
  const { live, engine, machine, hostRoot, health } = options;
  const begin = performance.now();
  let stale = false;
  const blindness = new Blindness(live, options, () => (stale = true), begin);
  const integrity = new Integrity(live, options, begin);
  const stops = new Stops(options, () => totalDropped(live.counts()), begin);
  const processOf = (pid: number) => machine.threads.get(pid);
  const drops = new Drops(live, { ...options, processOf }, options.settings.syscall_event_drops, begin);
  const repair = new Repair(machine);
  const timeouts = new Timeouts(() => engine.events - blindness.canary.arrived, options.raise, begin);
  timeouts.limit = options.settings.syscall_event_timeouts.max_consecutives;
  const own = {
    get pid() {
      return live.probe.ownTgid;
    },
    hostRoot,
    owns: (kind: "map" | "program" | "link", id: number) => live.probe.owns(kind, id),
  };
  const access = new AccessAlerts(own, machine, options, options.journal);
  let nextCheck = begin;
  let changedAt = Number.NEGATIVE_INFINITY;
  let troubledAt = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  engine.watch({
    types: [...accessTypes, ...(options.journal === undefined ? [] : [...journalTypes, EventCode.GENERIC_X])],
    ownTypes: [EventCode.SCAPEVENT_E],
    see(event) {
      repair.seen(event.timeNumber);
      if (event.type === EventCode.SCAPEVENT_E && event.u32(0) === Note.CANARY)
        blindness.seen(event.bigU64(1), performance.now());
      else if (event.thread === undefined || event.thread.pid !== options.replaced) access.see(event);
    },
  });
  logProbe(live.probe, options.log);
  const unwatched = live.probe.uringMissing;
  const works = () =>
    unwatched === undefined
      ? health.set("sensor", "ok")
      : health.set("sensor", "degraded", `io_uring operations are not watched: ${unwatched}`);
  works();
  health.set("engine", "ok");
  options.stages.open();

  function verify(now: number): void {
    const { changes } = integrity;
    const { reason, missing } = integrity.check(now);
    if (reason !== undefined) blindness.restart(now, reason);
    else if (missing) blindness.tryAgain(now);
    stale ||= missing;
    if (stale && blindness.isOver && now - renewedAt > RENEWAL) {
      stale = false;
      renewedAt = now;
      machine.renew(live);
    }
    if (integrity.changes > changes) changedAt = now;
    else if (now - changedAt > AFTERMATH && reason === undefined) works();
    access.check();
    const stopped = stops.check(now);
    if (stopped) health.set("engine", "degraded", "the engine was stopped");
    const dropped = drops.check(now);
    timeouts.check(now);
    if (dropped) blindness.hurry(now);
    if (dropped) repair.begin(now);
    if (dropped || stopped || blindness.isLate(now)) troubledAt = now;
    else if (now - troubledAt > AFTERMATH) health.set("engine", "ok");
  }

  return {
    check() {
      const now = performance.now();
      blindness.check(now);
      if (now >= nextCheck) {
        nextCheck = now + randomInt(SHORTEST, LONGEST);
        verify(now);
      }
      const next = Math.min(nextCheck, repair.check(now));
      if (timer === undefined) {
        timer = setTimeout(
          () => {
            timer = undefined;
            options.wake();
          },
          blindness.sleepTime(now, next),
        ).unref();
      }
    },
    apply({ syscall_event_drops, syscall_event_timeouts }) {
      drops.apply(syscall_event_drops, performance.now());
      timeouts.limit = syscall_event_timeouts.max_consecutives;
    },
    counts: () => ({
      arrived: blindness.canary.arrived,
      lastArrived: blindness.canary.lastArrived,
      missed: blindness.canary.missed,
      changes: integrity.changes,
      reattached: blindness.reattached,
    }),
    close() {
      clearTimeout(timer);
      stops.close();
      options.stages.close();
      for (const component of ["sensor", "engine"] as const) health.remove(component);
    },
  };
}
