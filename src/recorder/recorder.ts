import type { Observed } from "../machine/observed.ts";
import { mainThread, type Thread } from "../machine/thread.ts";
import type { CaptureFolder } from "./capture-folder.ts";
import type { EventRing } from "./event-ring.ts";
import { type Outcome, Recording, type RecordingEnd, recordingEnds } from "./recording.ts";

/**
 * Reasons why a match is not recorded. `interval`: the rule was recorded recently; `busy`: earlier captures are still
 * being written; `disk`: the last capture could not be written.
 */
export type Unrecorded = "interval" | "busy" | "disk";

/** Settings of a rule. */
export interface RecordedRule {
  readonly name: string;
  readonly capture: boolean;
  /** Duration of a recording after a match, in milliseconds. 0: {@link RecorderSettings.duration}. */
  readonly captureDuration: number;
}

export interface RecorderSettings {
  /** Whether to record the matches of all rules, not only of rules with `capture: true`. */
  readonly allRules: boolean;
  /** Duration of a recording after a match, in milliseconds. */
  readonly duration: number;
  /** Maximum duration of a recording after its first match, in milliseconds, if subsequent matches extend it. */
  readonly maxDuration: number;
  /** Maximum number of events after the first match. 0: unlimited. */
  readonly maxEvents: number;
  /** Whether a recording ends when the process of its first match exits. */
  readonly endWithProcess: boolean;
  /** Minimum interval between recordings of a rule, in milliseconds. */
  readonly ruleInterval: number;
  /** Maximum size of a capture in bytes. 0: unlimited. */
  readonly maxFile: number;
  /** Maximum size of events in memory, in bytes. */
  readonly size: number;
}

export interface RecorderNews {
  /** Called when a capture is complete or could not be written. */
  readonly finished: (outcome: Outcome) => void;
  /** Called when a match was not recorded. */
  readonly unrecorded: (rule: string, why: Unrecorded) => void;
}

/** Counters since startup, and the current size of events in memory. */
export interface RecorderCounts {
  /** Number of matches that started a recording, extended a recording, or were not recorded. */
  readonly matches: Readonly<Record<"started" | "joined" | Unrecorded, number>>;
  /** Number of captures, by the reason for their end. */
  readonly ends: ReadonlyMap<RecordingEnd, number>;
  /** Number of bytes written to captures. */
  readonly bytes: number;
  /** Size of events in memory, in bytes. */
  readonly stored: number;
}

const MS = 1e6;
/**
 * Interval between checks of a running recording, maximum interval between its pieces, and minimum time between a
 * failure and the next recording, in milliseconds.
 */
const [CHECK, PIECE, AFTER_FAILURE] = [200, 1000, 60_000];
/** Time after its deadline at which a recording without subsequent events ends, in milliseconds. */
const GRACE = 500;
/** Maximum size of unwritten events, including events before the match, relative to the maximum size in memory. */
const WAITING = 1.5;
/**
 * Maximum number of unfinished captures, and period after the end of a recording, in milliseconds, during which the next
 * recording can begin even if the capture is unfinished.
 */
const [UNFINISHED, FINISHING] = [2, 2000];
/** Maximum time to complete the last capture when the agent stops, in milliseconds. */
const CLOSING = 5000;

/** The recording in progress. */
interface Running {
  readonly recording: Recording;
  readonly process: Thread | undefined;
  /** End of the recording in nanoseconds since the epoch. */
  deadline: number;
  /**
   * End of the recording on the clock of `performance.now()`, for recordings without subsequent events. The clock of
   * event times differs when a capture is replayed.
   */
  due: number;
  readonly latest: number;
  pieceAt: number;
}

/**
 * Records the events before and after a match to a capture. Only one recording runs at a time. Subsequent matches
 * extend it.
 */
export class Recorder {
  private readonly ring: EventRing;
  private readonly folder: CaptureFolder;
  private readonly settings: RecorderSettings;
  private readonly news: RecorderNews;
  private readonly hasProcess: (process: Thread) => boolean;
  private running: Running | undefined;
  /** Resolves when the file of the latest recording is closed. */
  private closing: Promise<unknown> = Promise.resolve();
  private readonly startedAt = new Map<string, number>();
  private failedAt = Number.NEGATIVE_INFINITY;
  private endedAt = Number.NEGATIVE_INFINITY;
  /** Number of captures with an open file, or whose file has not been created yet. */
  private unfinished = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly matches = { started: 0, joined: 0, interval: 0, busy: 0, disk: 0 };
  private readonly ends = new Map<RecordingEnd, number>(recordingEnds.map((end) => [end, 0]));
  private bytes = 0;

  /** @param hasProcess returns whether a process is still running */
  constructor(
    ring: EventRing,
    folder: CaptureFolder,
    settings: RecorderSettings,
    news: RecorderNews,
    hasProcess: (process: Thread) => boolean,
  ) {
    this.ring = ring;
    this.folder = folder;
    this.settings = settings;
    this.news = news;
    this.hasProcess = hasProcess;
  }

  /**
   * Extends the running recording, or begins a recording if matches of the rule are recorded.
   * @returns the path of the capture that contains the match; undefined if the match is not recorded
   */
  match(rule: RecordedRule, event: Observed): string | undefined {
    const { settings, running } = this;
    if (running?.recording.isOver) this.end("stopped");
    const duration = (rule.captureDuration || settings.duration) * MS;
    const time = event.timeNumber;
    if (this.running !== undefined && running !== undefined) {
      running.deadline = Math.max(running.deadline, Math.min(time + duration, running.latest));
      running.due = performance.now() + (running.deadline - time) / MS;
      this.ring.stopAt = running.deadline;
      running.recording.matches++;
      this.matches.joined++;
      return running.recording.path;
    }
    if (!settings.allRules && !rule.capture) return undefined;
    const now = performance.now();
    const why = this.whyNot(rule.name, now);
    if (why !== undefined) {
      this.matches[why]++;
      this.news.unrecorded(rule.name, why);
      return undefined;
    }
    return this.start(rule, event, time + duration, now);
  }

  counts(): RecorderCounts {
    const { matches, ends, bytes } = this;
    return { matches, ends, bytes, stored: this.ring.stored };
  }

  /** Ends the current recording and waits until its file is closed. */
  async close(): Promise<void> {
    this.end("stopped");
    const late = new Promise((resolve) => setTimeout(resolve, CLOSING).unref());
    await Promise.race([this.closing, late]);
  }

  private whyNot(rule: string, now: number): Unrecorded | undefined {
    if (now - this.failedAt < AFTER_FAILURE) return "disk";
    if (this.unfinished >= UNFINISHED || (this.unfinished > 0 && now - this.endedAt > FINISHING)) return "busy";
    const before = this.startedAt.get(rule);
    return before !== undefined && now - before < this.settings.ruleInterval ? "interval" : undefined;
  }

  private start(rule: RecordedRule, event: Observed, deadline: number, now: number): string {
    const { ring, settings, folder } = this;
    this.startedAt.set(rule.name, now);
    this.matches.started++;
    const path = folder.pathFor(event.time, event.num);
    const { maxFile, size, maxDuration, maxEvents, endWithProcess } = settings;
    const time = event.timeNumber;
    const recording = new Recording(
      path,
      rule.name,
      time,
      folder,
      { maxFile, maxWaiting: WAITING * size },
      this.closing,
    );
    for (const piece of ring.window(maxFile / 2 || Number.POSITIVE_INFINITY)) recording.push(piece);
    const latest = Math.max(deadline, time + maxDuration * MS);
    const process = endWithProcess && event.thread !== undefined ? mainThread(event.thread) : undefined;
    this.running = { recording, process, deadline, due: now + (deadline - time) / MS, latest, pieceAt: now };
    ring.onPiece = (piece) => recording.push(piece);
    ring.stopAt = deadline;
    ring.stopAfter = maxEvents > 0 ? maxEvents : Number.POSITIVE_INFINITY;
    ring.onStop = () => this.end(ring.stopAfter <= 0 ? "events" : "duration");
    this.timer = setInterval(() => this.check(), CHECK).unref();
    this.unfinished++;
    this.closing = recording.done.then((outcome) => this.finished(recording, outcome));
    return path;
  }

  private check(): void {
    const { running, ring } = this;
    if (running === undefined) return;
    const { recording, process, due } = running;
    const now = performance.now();
    if (recording.isOver) this.end("stopped");
    else if (process !== undefined && !this.hasProcess(process)) this.end("process");
    else if (now > due + GRACE) this.end("duration");
    else if (now - running.pieceAt > PIECE) {
      running.pieceAt = now;
      ring.cut();
    }
  }

  private end(why: RecordingEnd): void {
    const { running, ring } = this;
    if (running === undefined) return;
    ring.cut();
    ring.onPiece = undefined;
    ring.onStop = undefined;
    ring.stopAt = Number.POSITIVE_INFINITY;
    ring.stopAfter = Number.POSITIVE_INFINITY;
    running.recording.stop(why);
    this.endedAt = performance.now();
    this.running = undefined;
    clearInterval(this.timer);
  }

  private finished(recording: Recording, outcome: Outcome): void {
    this.unfinished--;
    if (this.running?.recording === recording) this.end(outcome.end);
    if (outcome.end === "disk") this.failedAt = performance.now();
    this.ends.set(outcome.end, (this.ends.get(outcome.end) ?? 0) + 1);
    this.bytes += outcome.bytes;
    this.news.finished(outcome);
  }
}
