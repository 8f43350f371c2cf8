import type { Observed } from "../machine/observed.ts";
import { mainThread, type Thread } from "../machine/thread.ts";
import type { CaptureFolder } from "./capture-folder.ts";
import type { EventRing } from "./event-ring.ts";
import { type Outcome, Recording, type RecordingEnd, recordingEnds } from "./recording.ts";

/**
 * Why a match was not recorded: its rule was recorded shortly before, earlier captures are still being written, or captures
 * cannot be written.
 */
export type Unrecorded = "interval" | "busy" | "disk";

/** The keys of a rule. */
export interface RecordedRule {
  readonly name: string;
  readonly capture: boolean;
  /** Milliseconds; 0: the default. */
  readonly captureDuration: number;
}

export interface RecorderSettings {
  /** Matches of all rules are recorded, not only of those with `capture: true`. */
  readonly allRules: boolean;
  /** Milliseconds after a match. */
  readonly duration: number;
  /** Milliseconds after the first match that further matches extend a recording to. */
  readonly maxDuration: number;
  /** Events after a match; 0: no limit. */
  readonly maxEvents: number;
  /** Ends a recording with the process of its first match. */
  readonly endWithProcess: boolean;
  /** Milliseconds between two recordings of a rule. */
  readonly ruleInterval: number;
  /** Bytes of a capture; 0: no limit. */
  readonly maxFile: number;
  /** Bytes in memory. */
  readonly size: number;
}

export interface RecorderNews {
  /** A capture is complete, or could not be written. */
  readonly finished: (outcome: Outcome) => void;
  /** A match was not recorded. */
  readonly unrecorded: (rule: string, why: Unrecorded) => void;
}

/** Counts since the start. */
export interface RecorderCounts {
  /** Matches that began a recording, that were in a running one, and that were not recorded. */
  readonly matches: Readonly<Record<"started" | "joined" | Unrecorded, number>>;
  /** Captures by what ended them. */
  readonly ends: ReadonlyMap<RecordingEnd, number>;
  /** Bytes written. */
  readonly bytes: number;
  /** Bytes of events in memory. */
  readonly stored: number;
}

const MS = 1e6;
/** Milliseconds between two checks of a running recording; between two pieces of it; without recordings after a failure. */
const [CHECK, PIECE, AFTER_FAILURE] = [200, 1000, 60_000];
/** Milliseconds after the last event by which a recording may end late. */
const GRACE = 500;
/** Part of the memory for events that may wait to be written, with those from before the match. */
const WAITING = 1.5;
/** Captures that may be unfinished, and milliseconds that the last one may take to be finished before the next. */
const [UNFINISHED, FINISHING] = [2, 2000];
/** Milliseconds to write the last capture when the program ends. */
const CLOSING = 5000;

/** The recording in progress. */
interface Running {
  readonly recording: Recording;
  readonly process: Thread | undefined;
  /** Nanoseconds since the epoch. */
  deadline: number;
  /** The deadline on the clock of `performance.now()`, for recordings without further events: events of captures have other times. */
  due: number;
  readonly latest: number;
  pieceAt: number;
}

/**
 * The flight recorder: a match writes the events before and after it to a capture. One capture is written at a time;
 * matches during a recording belong to it and extend it.
 */
export class Recorder {
  private readonly ring: EventRing;
  private readonly folder: CaptureFolder;
  private readonly settings: RecorderSettings;
  private readonly news: RecorderNews;
  private readonly hasProcess: (process: Thread) => boolean;
  private running: Running | undefined;
  /** The previous recording, until its file is closed. */
  private closing: Promise<unknown> = Promise.resolve();
  private readonly startedAt = new Map<string, number>();
  private failedAt = Number.NEGATIVE_INFINITY;
  private endedAt = Number.NEGATIVE_INFINITY;
  /** Captures whose file is not closed yet. */
  private unfinished = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly matches = { started: 0, joined: 0, interval: 0, busy: 0, disk: 0 };
  private readonly ends = new Map<RecordingEnd, number>(recordingEnds.map((end) => [end, 0]));
  private bytes = 0;

  /** @param hasProcess whether a process still runs */
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
   * Records a match, if its rule is recorded.
   * @returns the path of the capture that contains it
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

  /** Ends the running recording and waits until its file is closed. */
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
