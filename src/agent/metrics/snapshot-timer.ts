import { appendFileSync } from "node:fs";
import type { Alert } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import { timerDelay } from "../../setting/timer.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import { changedKeys } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { noSnapshot, SNAPSHOT, snapshotFields } from "./snapshot.ts";
import type { MetricsInput } from "./state.ts";

/** Writes metrics as alerts and to a file, once every `metrics.interval`. */
export interface SnapshotTimer extends Component {
  /** Discards the previous snapshot, so that the next snapshot contains no rates. */
  restart(): void;
  apply(next: Pick<Loaded, "config">): void;
  readonly isDue: boolean;
  /** Takes a snapshot. @returns the alert with the snapshot; undefined if these alerts are disabled */
  take(observed: MetricsInput): Alert | undefined;
  close(): void;
}

/** Starts the timer, if metrics snapshots are enabled. @param wake called when a snapshot is due */
export function openSnapshotTimer(first: Config, wake: () => void, log: Log): SnapshotTimer {
  let current = first;
  let before = noSnapshot;
  let samples = 0;
  let isDue = false;
  let timer = start(first);

  function start({ metrics }: Config): NodeJS.Timeout | undefined {
    if (!metrics.enabled || (!metrics.output_rule && metrics.output_file === "")) return undefined;
    return setInterval(() => {
      isDue = true;
      wake();
    }, timerDelay(metrics.interval)).unref();
  }

  function append(file: string, line: string): void {
    try {
      appendFileSync(file, line);
    } catch (error) {
      log(logLines.metricsNotWritten(file, error instanceof Error ? error.message : String(error)));
    }
  }

  return {
    get isDue() {
      return isDue;
    },
    restart() {
      before = noSnapshot;
    },
    take(observed) {
      isDue = false;
      const { config } = observed.active;
      const { output_file: file, output_rule: isAlert } = config.metrics;
      const now = Date.now();
      const { fields, after } = snapshotFields(observed, before, now);
      before = after;
      samples++;
      if (file !== "") append(file, `${JSON.stringify({ output_fields: fields, sample: samples })}\n`);
      if (!isAlert) return undefined;
      const event = { ...SNAPSHOT, priority: "Informational", fields, falcoForm: true } as const;
      return internalAlert(event, BigInt(now) * 1_000_000n, alertOptions(config, observed.hostname));
    },
    apply({ config }) {
      const changed = changedKeys(current, config, ["metrics"]);
      current = config;
      if (changed.length === 0) return;
      clearInterval(timer);
      isDue = false;
      timer = start(config);
    },
    close: () => clearInterval(timer),
  };
}
