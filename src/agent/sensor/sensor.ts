import type { InternalEvent } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import { Engine } from "../../engine/engine.ts";
import { SYSCALL } from "../../field/sources.ts";
import { Machine } from "../../machine/machine.ts";
import { type CaptureSource, openCapture } from "../../source/capture/source.ts";
import { nothing } from "../../source/source.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import { askMachine } from "../../source/syscall/proc/ask.ts";
import { readMachine } from "../../source/syscall/proc/machine.ts";
import type { Health } from "../../telemetry/health.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { journalFile } from "../delivery/journal.ts";
import { openOrFail } from "../failure.ts";
import type { OnMatch } from "../folding.ts";
import type { CanaryStages } from "../health/canary-stages.ts";
import type { Loaded } from "../load/load.ts";
import type { SourceRules } from "../load/ready-rules.ts";
import { COLD_CUSHION, COLD_EVENTS, CUSHION, type MemoryPlan } from "../memory/plan.ts";
import type { FlightRecorder, OpenRecorder } from "./flight-recorder.ts";
import { hostRoot } from "./host-root.ts";
import { callsFor, openLive, threadLimits } from "./live.ts";
import { needsOf } from "./needs.ts";
import { openSensorWatch, type SensorCounts } from "./watch/sensor-watch.ts";
import { WatchedObjects, watchedTables } from "./watched.ts";

/**
 * The source of system call events (this machine or a capture), the state derived from them, and the engine that
 * evaluates them.
 */
export interface Sensor extends Component {
  readonly machine: Machine;
  readonly engine: Engine;
  /** The running kernel; undefined with a capture, or if system calls are not watched. */
  readonly live: LiveSource | undefined;
  readonly capture: CaptureSource | undefined;
  /** The flight recorder; undefined if it is disabled. */
  readonly recorder: FlightRecorder | undefined;
  /** Moves events from full ring buffers to memory, so that the kernel does not drop events. */
  relieve(): void;
  /** Must be called before rules are loaded and when they become active: the next events are evaluated slowly. */
  expectColdCode(): void;
  /** Checks that the probe still works and is unchanged. Must be called after events were evaluated. */
  check(): void;
  /** Counters of the checks of the probe; undefined unless the kernel is watched. */
  checks(): SensorCounts | undefined;
  /** Stops the probe. Events in the ring buffers can still be evaluated. */
  stop(): void;
  /** Whether the ring buffers still contain events. */
  readonly waiting: boolean;
  /** Stops the probe and discards the events in the ring buffers. @returns the number of discarded events */
  discard(): Promise<number>;
}

export interface SensorOptions {
  /** The source of system call events, if it is already open. */
  readonly live?: LiveSource | undefined;
  /** ID of the process that this process has replaced. */
  readonly replaced?: number | undefined;
  readonly match: OnMatch;
  /** Called with each alert about the sensor or the agent. */
  readonly raiseInternal: (event: InternalEvent) => void;
  readonly health: Health;
  readonly stages: CanaryStages;
  /** Called with each canary that the engine evaluated. */
  readonly canaryArrived: () => void;
  readonly log: Log;
  /** Buffer and cache sizes that fit within the memory limit. */
  readonly memory?: MemoryPlan | undefined;
  /** Opens the flight recorder; undefined if it is disabled. */
  readonly record?: OpenRecorder | undefined;
  /** Ends the program with an error, after delivering its alerts. */
  readonly stop: (reason: string) => void;
  /** Wakes the loop that evaluates events. */
  readonly wake: () => void;
}

/**
 * Opens the source of system call events and its engine.
 * @throws CannotWatch if the kernel cannot be watched
 * @throws Failure if the capture cannot be read
 */
export function openSensor({ config, rules: first }: Loaded, options: SensorOptions): Sensor {
  const { match, log, memory } = options;
  const { kind, replay } = config.engine;
  let rules = first;
  const live = isLive(config) ? (options.live ?? startLive({ config, rules }, log, memory)) : undefined;
  if (live) warnOfTracepoints(live, log);
  try {
    const capture = kind === "replay" ? openOrFail(() => openCapture(replay.capture_file)) : undefined;
    const source = live ?? capture ?? nothing;
    const machine = new Machine({
      ...threadLimits(config, memory),
      containers: rules.wantsContainers || rules.wantsContainerEvents,
      ...(live && askMachine(hostRoot, (sentence) => log(logLines.filesWarning(sentence)))),
    });
    if (source === nothing) machine.machine(readMachine("/proc"));
    let warmFrom = COLD_EVENTS;
    const relieve = (): void => live?.relieve(memory?.relief ?? (live.events < warmFrom ? COLD_CUSHION : CUSHION));
    const recorder = options.record?.(source, machine, relieve);
    const ofSyscalls = (): SourceRules => recorder?.naming(rules.of(SYSCALL)) ?? rules.of(SYSCALL);
    let own = ofSyscalls();
    const engine = new Engine(recorder?.source ?? source, machine, rules.ruleset, (rule, event) => {
      const matched = own.ruleset.rules[rule];
      if (matched !== undefined) recorder?.match(matched, event);
      match(own, rule, event);
    });
    engine.waiting.share = memory?.alertShare ?? 1;
    const watch =
      live &&
      openSensorWatch({
        ...{
          live,
          engine,
          machine,
          hostRoot,
          log,
          journal: config.journal.enabled ? journalFile(config.journal) : undefined,
        },
        ...{ raise: options.raiseInternal, health: options.health, wake: options.wake },
        ...{ stages: options.stages, canaryArrived: options.canaryArrived },
        ...{ settings: config, stop: options.stop, replaced: options.replaced },
      });
    const { files } = needsOf(rules.ruleset.rules);
    const objects = live && new WatchedObjects({ live, root: hostRoot, files, log });
    return {
      ...{ machine, engine, live, capture, recorder },
      relieve,
      expectColdCode() {
        warmFrom = (live?.events ?? 0) + COLD_EVENTS;
      },
      check: () => watch?.check(),
      checks: () => watch?.counts(),
      stop: () => live?.detach(),
      get waiting() {
        return live?.waiting === true;
      },
      discard: async () => (await live?.discard()) ?? 0,
      apply({ config, rules: next }) {
        live?.want(callsFor(next, config, log));
        if (live) warnOfTracepoints(live, log);
        objects?.apply(needsOf(next.ruleset.rules).files);
        watch?.apply(config);
        rules = next;
        own = ofSyscalls();
        engine.swap(next.ruleset);
      },
      async close() {
        watch?.close();
        objects?.close();
        source.close();
        await recorder?.close();
      },
    };
  } catch (error) {
    live?.close();
    throw error;
  }
}

/**
 * Starts to watch the running kernel with a configuration and rules.
 * @throws CannotWatch
 */
export function startLive(
  { config, rules }: Pick<Loaded, "config" | "rules">,
  log: Log,
  memory: MemoryPlan | undefined,
): LiveSource {
  const watched = watchedTables(rules.ruleset.rules);
  return openLive(callsFor(rules, config, log), config, { memory, watched });
}

/** Whether the running kernel is watched. */
export function isLive({ engine: { kind } }: Config): boolean {
  return kind !== "nodriver" && kind !== "replay";
}

function warnOfTracepoints(live: LiveSource, log: Log): void {
  const why = live.probe.tracepointsMissing;
  if (why !== undefined) log(logLines.tracepointsUnwatched(why));
}
