import type { Config } from "../../config/load.ts";
import type { Progress } from "../../journal/output-status.ts";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import {
  type DispatcherCommand,
  type DispatcherData,
  type DispatcherMessage,
  type DispatcherSettings,
  workerUrl,
} from "../../output/dispatch/messages.ts";
import { outputSettings } from "../../output/outputs.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { supervise } from "../../worker/supervise.ts";
import { Failure } from "../failure.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { hasColors, terminalColumns } from "./color.ts";
import type { JournalListener } from "./delivery.ts";
import { journalFile } from "./journal.ts";
import { logEvent } from "./log-event.ts";

/**
 * Time for the worker to close, in milliseconds. Longer than the time that outputs have at shutdown to deliver their
 * backlog and to end their programs.
 */
const CLOSE_TIMEOUT = 15_000;

/** The dispatcher, which runs in a worker. */
export interface DispatcherWorker {
  order(order: DispatcherCommand): void;
  /** Replaces the outputs with those of a new configuration. */
  replace(config: Config): void;
  counts(): readonly OutputCounts[];
  /** Reason why the worker does not deliver alerts; undefined if alerts are delivered. */
  readonly failure: string | undefined;
  /**
   * Resolves when the positions of all outputs are on disk. Alerts that are stored later are delivered even after a
   * crash.
   */
  positionsStored(): Promise<void>;
  close(): Promise<void>;
}

export interface DispatcherWorkerOptions {
  /** Stores positions and dead letters. @returns whether all of them are on disk */
  record(progress: Progress): Promise<boolean>;
  /** Called when every output has stopped accepting alerts. */
  ended(): void;
  readonly listener: JournalListener;
  readonly log: Log;
  /** Whether alerts are laid out if standard output is a terminal with colors. */
  readonly layout?: boolean | undefined;
}

/**
 * Starts the worker. The promise settles when the outputs are open.
 * @throws Failure if an output can't be opened
 */
export async function openDispatcherWorker(
  first: Config,
  { record, ended, listener, log, layout = false }: DispatcherWorkerOptions,
): Promise<DispatcherWorker> {
  const { journal } = first;
  const ready = Promise.withResolvers<void>();
  let setup = setupOf(first, layout);
  let counts: readonly OutputCounts[] = [];
  /** Number of alerts sent from memory while the worker was down, in total and by output. */
  let missed = 0;
  const missedBy = new Map<string, number>();
  let failure: string | undefined;
  /** The last `opened` command, which is sent again to a restarted worker. */
  let opened: DispatcherCommand | undefined;
  /** Number of commands for which the worker has not yet sent the message `started`. */
  let starting = 1;
  let started = Promise.withResolvers<void>();

  function take(answer: Exclude<DispatcherMessage, { kind: "closed" }>): void {
    switch (answer.kind) {
      case "ready":
        ready.resolve();
        logMissed();
        if (opened === undefined) failure = undefined;
        break;
      case "failed":
        log(logLines.outputsNotOpened(answer.reason));
        ready.reject(new Failure(`Cannot open an output: ${answer.reason}`));
        break;
      case "started":
        failure = undefined;
        starting--;
        if (starting === 0) started.resolve();
        break;
      case "event":
        logEvent(answer.event, log, "journal");
        if (answer.event.kind === "blocked" && answer.event.isNew)
          listener.blocked?.(answer.event.output, answer.event.reason);
        break;
      case "counts":
        counts = answer.counts;
        break;
      case "record":
        void record(answer.progress).then((done) => worker.send({ kind: "recorded", done }));
        break;
      case "ended":
        ended();
    }
  }

  /** Counts alerts that the worker did not receive as lost, for each output. */
  function miss(alerts: number): void {
    missed += alerts;
    for (const { name, removed = false } of counts)
      if (!removed) missedBy.set(name, (missedBy.get(name) ?? 0) + alerts);
  }

  function logMissed(): void {
    if (missed > 0) log(logLines.alertsLost("all outputs", missed, "the dispatcher was not running"));
    missed = 0;
  }

  function withMissed(output: OutputCounts): OutputCounts {
    const lost = missedBy.get(output.name) ?? 0;
    return lost === 0 ? output : { ...output, alerts: output.alerts + lost, lost: output.lost + lost };
  }

  const worker = supervise<DispatcherCommand, DispatcherMessage>({
    url: workerUrl,
    data: (): DispatcherData => ({
      file: journalFile(journal),
      newOutputs: journal.new_outputs,
      terminal: process.stdout.isTTY === true,
      ...setup,
    }),
    onMessage: take,
    onFailure(reason) {
      failure = reason;
      ready.reject(new Failure(`Cannot deliver alerts: ${reason}`));
      log(logLines.dispatcherStopped(reason));
    },
    onRestart() {
      if (opened === undefined) return;
      starting = 1; // a failed worker does not respond
      worker.send(opened);
    },
    closeTimeout: CLOSE_TIMEOUT,
  });
  try {
    await ready.promise;
  } catch (error) {
    worker.end();
    throw error;
  }
  return {
    order(order) {
      if (order.kind === "opened") opened = order;
      if (!worker.send(order) && order.kind === "add") miss(order.alerts.length);
    },
    replace(config) {
      setup = setupOf(config, layout);
      if (starting === 0) started = Promise.withResolvers();
      starting++;
      worker.send({ kind: "replace", setup });
    },
    counts: () => counts.map(withMissed),
    get failure() {
      return failure;
    },
    positionsStored: () => started.promise,
    close() {
      logMissed();
      return worker.close({ kind: "close" });
    },
  };
}

function setupOf(config: Config, layout: boolean): DispatcherSettings {
  const colored = hasColors();
  return {
    settings: outputSettings(config),
    alerts: alertOptions(config, ""),
    colored,
    columns: layout && colored ? terminalColumns() : undefined,
  };
}
