import { statSync } from "node:fs";
import { Failure, openOrFail } from "../agent/failure.ts";
import { defaultRules, readyRules } from "../agent/load/ready-rules.ts";
import { logFor } from "../agent/log.ts";
import { hostRoot } from "../agent/sensor/host-root.ts";
import { callsFor, logProbe, openLive } from "../agent/sensor/live.ts";
import { watchLosses } from "../agent/sensor/losses.ts";
import { raisePriority } from "../agent/sensor/priority.ts";
import { watchedTables } from "../agent/sensor/watched.ts";
import { listenToSignals } from "../agent/signals.ts";
import { CaptureWriter } from "../capture/writer.ts";
import { Event, EventNote } from "../event/event.ts";
import { syscallId } from "../event/syscalls.ts";
import { PodEvents } from "../recorder/pod-events.ts";
import { RecordedAccounts } from "../recorder/recorded-accounts.ts";
import { createOutput, type FileOutput } from "../source/capture/output.ts";
import { openCapture } from "../source/capture/source.ts";
import type { LiveSource } from "../source/syscall/live.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import { logLines } from "../telemetry/log-lines.ts";
import type { RecordOptions } from "./record.ts";
import { positive, readSettings } from "./settings.ts";

/** Number of events after which signals and limits are checked. */
const STRIDE = 4096;
const MEGABYTE = 1_000_000;

/** Matches a UUID, or the hash of a static pod. */
const POD_UID = /^(?:[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})$/i;

function podUid(text: string): string {
  if (!POD_UID.test(text)) throw new Failure(`Invalid --pod "${text}": expected the UID of a pod.`);
  return text;
}

/**
 * Whether two paths refer to the same file, for example through a link. Writing would then truncate the capture to
 * copy.
 */
function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => openOrFail(() => statSync(path, { bigint: true, throwIfNoEntry: false })));
  return a?.isFile() === true && a.dev === b?.dev && a.ino === b.ino;
}

/** `eyas record`: copies events from the kernel or a capture to a new capture, without changes. */
export async function record(file: string | undefined, options: RecordOptions): Promise<void> {
  const limit =
    options.maxSize === undefined ? Number.POSITIVE_INFINITY : positive(options.maxSize, "--max-size") * MEGABYTE;
  const duration = options.duration === undefined ? undefined : positive(options.duration, "--duration");
  const pod = options.pod === undefined ? undefined : new PodEvents(podUid(options.pod));
  if (file !== undefined && isSameFile(file, options.write))
    throw new Failure(`Cannot write ${options.write}: it is the capture to copy. Specify another file.`);
  const settings = await readSettings(options);
  const log = logFor(settings.config);
  for (const remark of settings.remarks) log(remark);
  if (file === undefined) raisePriority();
  const source = file === undefined ? await live() : openOrFail(() => openCapture(file));
  let output: FileOutput;
  try {
    output = openOrFail(() => createOutput(options.write, options.write.endsWith(".gz")));
  } catch (error) {
    source.close(); // otherwise the program would not end
    throw error;
  }
  const signals = listenToSignals();
  if (duration !== undefined) signals.stopAfter(duration);

  let written = 0;
  const writer = new CaptureWriter({
    write(bytes) {
      written += bytes.length;
      output.write(bytes);
    },
  });
  const accounts =
    file === undefined
      ? new RecordedAccounts(askMachine(hostRoot), (code, bytes) =>
          writer.raw(bytes, 0, bytes.length, code, 0, EventNote.STATE_ONLY),
        )
      : undefined;
  const event = accounts?.event ?? new Event();
  const copy = (): void => {
    accounts?.see();
    if (pod === undefined || pod.has(event)) writer.event(event);
  };
  if ("probe" in source) logProbe(source.probe, log);
  log(logLines.recording(file ?? "this machine", options.write, file === undefined && duration === undefined));
  const losses = "counts" in source ? watchLosses(source, log) : undefined;
  try {
    const sink = pod?.with(writer) ?? writer;
    source.snapshot(accounts?.with(sink) ?? sink);
    accounts?.begin(() => "relieve" in source && source.relieve());
    while (!signals.stop && written < limit) {
      let taken = 0;
      while (taken < STRIDE && source.next(event)) {
        copy();
        taken++;
      }
      accounts?.continue();
      if ("relieve" in source) source.relieve();
      losses?.look();
      if (taken > 0) await signals.turn();
      else if ("wait" in source) await Promise.race([source.wait(), signals.changed()]);
      else break;
    }
    // Events that occurred before the end but have not been read yet are also written to the capture.
    if (written < limit && "drain" in source)
      await source.drain(() => {
        while (written < limit && source.next(event)) copy();
      });
  } finally {
    signals.close();
    source.close();
    writer.flush();
    output.close();
  }
  const warning = "warning" in source ? source.warning : undefined;
  if (warning !== undefined) log(logLines.captureDamaged(String(file), warning));
  log(logLines.recordingFinished(writer.count, "counts" in source ? source.counts() : undefined));

  async function live(): Promise<LiveSource> {
    if (options.all) return openLive(new Set(syscallId.values()), settings.config);
    const ready = await readyRules(settings.rules ?? defaultRules, settings.config, "all", "");
    const watched = watchedTables(ready.ruleset.rules);
    return openLive(callsFor(ready, settings.config, log), settings.config, { watched });
  }
}
