import { CaptureWriter } from "../capture/writer.ts";
import { Event } from "../event/event.ts";
import { syscallId } from "../event/syscalls.ts";
import { createOutput } from "../source/capture/output.ts";
import { openCapture } from "../source/capture/source.ts";
import type { LiveSource } from "../source/syscall/live.ts";
import { Failure } from "./failure.ts";
import { callsFor, openLive } from "./live.ts";
import { openOwnLog } from "./own-log.ts";
import type { RecordOptions } from "./record.ts";
import { defaultRules, readyRules } from "./rules.ts";
import { readSettings } from "./settings.ts";
import { listenToSignals } from "./signals.ts";
import { count, positive } from "./words.ts";

/** Events between two looks at signals and limits. */
const STRIDE = 4096;
const MEGABYTE = 1_000_000;

/** `eyas record`: copies events, as they are, from the kernel or a capture to a capture. */
export async function record(file: string | undefined, options: RecordOptions): Promise<void> {
  const limit =
    options.maxSize === undefined ? Number.POSITIVE_INFINITY : positive(options.maxSize, "--max-size") * MEGABYTE;
  const settings = await readSettings(options);
  const log = openOwnLog(settings.config);
  for (const { level, text } of settings.remarks) log(level, text);
  const source = file === undefined ? await live() : sentence(() => openCapture(file));
  const output = sentence(() => createOutput(options.write, options.write.endsWith(".gz")));
  const signals = listenToSignals();
  if (options.duration !== undefined) signals.stopAfter(positive(options.duration, "--duration"));

  let written = 0;
  const writer = new CaptureWriter({
    write(bytes) {
      written += bytes.length;
      output.write(bytes);
    },
  });
  const event = new Event();
  log(
    "notice",
    `Recording ${file ?? "this machine"} to ${options.write}${options.duration === undefined && file === undefined ? " until interrupted" : ""}.`,
  );
  try {
    source.snapshot(writer);
    while (!signals.stop && written < limit) {
      let taken = 0;
      while (taken < STRIDE && source.next(event)) {
        writer.event(event);
        taken++;
      }
      if (taken > 0) await signals.turn();
      else if ("wait" in source) await Promise.race([source.wait(), signals.changed()]);
      else break;
    }
  } finally {
    signals.close();
    source.close();
    writer.flush();
    output.close();
  }
  const lost = "counts" in source ? source.counts().lost : 0;
  const warning = "warning" in source ? source.warning : undefined;
  if (warning !== undefined) log("warning", `${file}: ${warning}`);
  log(
    lost > 0 ? "warning" : "notice",
    `${count(writer.count, "event")} written, ${lost === 0 ? "none" : count(lost, "event")} lost.`,
  );

  async function live(): Promise<LiveSource> {
    if (options.all) return openLive(new Set(syscallId.values()), settings.config);
    const { ruleset } = await readyRules(settings.rules ?? defaultRules, settings.config, "all", "");
    return openLive(callsFor(ruleset.rules, settings.config, log), settings.config);
  }
}

function sentence<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
