import { CAPTURE } from "../../alert/capture-field.ts";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import { CaptureFolder } from "../../recorder/capture-folder.ts";
import { EventRing } from "../../recorder/event-ring.ts";
import { Recorder, type RecorderCounts, type RecorderSettings, type Unrecorded } from "../../recorder/recorder.ts";
import type { Outcome } from "../../recorder/recording.ts";
import type { Rule } from "../../rule/rule.ts";
import type { Source } from "../../source/source.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { capturePrefix } from "../captures.ts";
import type { SourceRules } from "../load/ready-rules.ts";
import type { MemoryPlan } from "../memory/plan.ts";

/** Part of a small memory limit for events. */
const SMALL_SHARE = 16;
const MiB = 1 << 20;
/** Milliseconds between two log lines about matches that are not recorded. */
const REPORT = 60_000;

/** Captures of the events around matches (docs/flight-recorder.md). */
export interface FlightRecorder {
  /** The events, of which the last ones are kept. */
  readonly source: Source;
  /** Records a match. To be called before its alert is raised. */
  match(rule: Rule, event: Observed): void;
  /** The same rules, whose alerts name their captures. */
  naming(rules: SourceRules): SourceRules;
  counts(): RecorderCounts;
  close(): Promise<void>;
}

export interface FlightRecorderOptions {
  readonly log: Log;
  readonly raiseInternal: (event: InternalEvent) => void;
  readonly memory?: MemoryPlan | undefined;
}

/** Opens the recorder of a source, which `relieve` keeps from dropping events, and whose events the machine observes. */
export type OpenRecorder = (source: Source, machine: Machine, relieve?: () => void) => FlightRecorder;

export function openFlightRecorder(
  config: Config,
  { log, raiseInternal, memory }: FlightRecorderOptions,
  source: Source,
  machine: Machine,
  relieve?: () => void,
): FlightRecorder {
  const { capture } = config;
  const size = memory?.isSmall
    ? Math.min(capture.buffer_size, Math.floor(memory.limit / SMALL_SHARE))
    : capture.buffer_size;
  const ring = new EventRing(source, machine, { size, before: capture.before, ...(relieve && { relieve }) });
  const folder = new CaptureFolder(capturePrefix(config), {
    maxFiles: capture.max_files,
    maxTotal: capture.max_total_size,
    minFree: capture.min_free_space,
  });
  let unrecorded = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const news = {
    finished(outcome: Outcome): void {
      const { path, reason, events, before, matches, end } = outcome;
      if (reason !== undefined) log(logLines.captureFailed(path, reason));
      else log(logLines.captureWritten(path, events, before, matches, end));
      if (outcome.end === "size" && capture.max_file_size_mb > 0)
        raiseInternal(sizeReached(capture.max_file_size_mb, outcome.bytes));
    },
    unrecorded(rule: string, why: Unrecorded): void {
      unrecorded++;
      const now = performance.now();
      if (now - reportedAt < REPORT) return;
      reportedAt = now;
      log(logLines.matchesUnrecorded(unrecorded, rule, why));
      unrecorded = 0;
    },
  };
  const { threads } = machine;
  const recorder = new Recorder(ring, folder, settingsOf(config, size), news, (one) => threads.get(one.tid) === one);
  log(logLines.recordingAlerts(capture.mode, folder.path));
  /** The capture of the current match. */
  let path: string | undefined;
  return {
    source: ring,
    match(rule, event) {
      path = recorder.match(rule, event);
    },
    naming: (rules) => ({
      ruleset: rules.ruleset,
      raise(rule, event) {
        const alert = rules.raise(rule, event);
        if (path !== undefined) alert.add({ [CAPTURE]: JSON.stringify(path) }, "");
        return alert;
      },
    }),
    counts: () => recorder.counts(),
    close: () => recorder.close(),
  };
}

function settingsOf({ capture }: Config, size: number): RecorderSettings {
  return {
    allRules: capture.mode === "all_rules",
    duration: capture.default_duration,
    maxDuration: capture.max_duration,
    maxEvents: capture.max_events,
    endWithProcess: capture.end_with_process,
    ruleInterval: capture.rule_interval,
    maxFile: capture.max_file_size_mb * MiB || capture.max_total_size,
    size,
  };
}

/** The text and fields of Falco. */
function sizeReached(limit: number, written: number): InternalEvent {
  const rule = "Falco internal: capture size limit reached";
  return {
    rule,
    priority: "Informational",
    message: `${rule}. Configured limit: ${limit} MB.`,
    fields: { max_file_size_mb: limit, written_bytes: written },
    falcoForm: true,
  };
}
