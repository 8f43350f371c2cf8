import { CAPTURE } from "../../alert/capture-field.ts";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import { CaptureFolder } from "../../recorder/capture-folder.ts";
import { EventRing } from "../../recorder/event-ring.ts";
import type { Piece } from "../../recorder/packer.ts";
import { Recorder, type RecorderCounts, type RecorderSettings, type Unrecorded } from "../../recorder/recorder.ts";
import type { Outcome } from "../../recorder/recording.ts";
import type { Rule } from "../../rule/rule.ts";
import type { Source } from "../../source/source.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { capturePrefix } from "../captures.ts";
import type { SourceRules } from "../load/ready-rules.ts";
import type { MemoryPlan } from "../memory/plan.ts";

/** Fraction of a small memory limit that the recorder may use, as a divisor. */
const SMALL_SHARE = 16;
const MiB = 1 << 20;
/** Minimum interval between log lines about matches that are not recorded, in milliseconds. */
const REPORT = 60_000;

/** Buffers the most recent events, and writes captures of the events around matches (docs/flight-recorder.md). */
export interface FlightRecorder {
  /** The event source, wrapped so that its most recent events are buffered. */
  readonly source: Source;
  /** Records a match. Must be called before the alert of the match is raised. */
  match(rule: Rule, event: Observed): void;
  /** Returns the rules with an additional field in the alerts of recorded matches: the path of the capture. */
  naming(rules: SourceRules): SourceRules;
  /** Returns the most recent events as a capture; undefined if events are buffered only for matches. */
  recent(): Promise<Uint8Array> | undefined;
  /** Returns the counters of the recorder; undefined if matches are not recorded. */
  counts(): RecorderCounts | undefined;
  close(): Promise<void>;
}

export interface FlightRecorderOptions {
  readonly log: Log;
  readonly raiseInternal: (event: InternalEvent) => void;
  readonly memory?: MemoryPlan | undefined;
}

/**
 * Opens the flight recorder of a source. `machine` is updated with the events of the source. `relieve` empties full
 * ring buffers.
 */
export type OpenRecorder = (source: Source, machine: Machine, relieve?: () => void) => FlightRecorder;

/** Maximum size of the recent events for the web UI, in bytes; 0 if the page is disabled. */
export function recentSize({ web_page: { enabled, recent_events_size: size } }: Pick<Config, "web_page">): number {
  return enabled ? size : 0;
}

export function openFlightRecorder(
  config: Config,
  options: FlightRecorderOptions,
  source: Source,
  machine: Machine,
  relieve?: () => void,
): FlightRecorder {
  const { capture } = config;
  const { memory } = options;
  const wanted = Math.max(capture.enabled ? capture.buffer_size : 0, recentSize(config));
  const size = memory?.isSmall ? Math.min(wanted, Math.floor(memory.limit / SMALL_SHARE)) : wanted;
  const before = capture.enabled ? capture.before : Number.POSITIVE_INFINITY;
  const keep = recentSize(config) > 0 ? Number.POSITIVE_INFINITY : before;
  const ring = new EventRing(source, machine, { size, before, keep, ...(relieve && { relieve }) });
  const recorder = capture.enabled ? recorderOf(config, options, ring, machine) : undefined;
  /** Path of the capture that contains the current match. */
  let path: string | undefined;
  return {
    source: ring,
    match(rule, event) {
      path = recorder?.match(rule, event);
    },
    naming: (rules) => ({
      ruleset: rules.ruleset,
      raise(rule, event) {
        const alert = rules.raise(rule, event);
        if (path !== undefined) alert.add({ [CAPTURE]: JSON.stringify(path) }, "");
        return alert;
      },
    }),
    recent: () => (recentSize(config) > 0 ? contentOf(ring.window(Number.POSITIVE_INFINITY, true)) : undefined),
    counts: () => recorder?.counts(),
    close: async () => recorder?.close(),
  };
}

async function contentOf(pieces: readonly Piece[]): Promise<Uint8Array> {
  const members = await Promise.all(pieces.map(({ packed }) => packed));
  for (const piece of pieces) piece.isHeld = false;
  return Buffer.concat(members.filter((member) => member !== undefined));
}

function recorderOf(
  config: Config,
  { log, raiseInternal }: FlightRecorderOptions,
  ring: EventRing,
  { threads }: Machine,
): Recorder {
  const { capture } = config;
  const folder = new CaptureFolder(capturePrefix(config), {
    maxFiles: capture.max_files,
    maxTotal: capture.max_total_size,
    minFree: capture.min_free_space,
  });
  let unrecorded = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const news = {
    finished({ path, reason, events, bytes, before, matches, end }: Outcome): void {
      if (reason !== undefined) log(logLines.captureFailed(path, reason));
      else log(logLines.captureWritten(path, events, before, matches, end));
      if (end === "size" && capture.max_file_size_mb > 0) raiseInternal(sizeReached(capture.max_file_size_mb, bytes));
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
  log(logLines.recordingAlerts(capture.mode, folder.path));
  const { size } = ring;
  return new Recorder(ring, folder, settingsOf(config, size), news, (one) => threads.get(one.tid) === one);
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

/** The alert that reports a full capture, with Falco's text and fields. */
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
