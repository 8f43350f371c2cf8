import { rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Alert } from "../alert/alert.ts";
import type { Config } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { Machine } from "../machine/machine.ts";
import { openOutputs } from "../output/outputs.ts";
import { openCapture } from "../source/capture/source.ts";
import type { LiveSource } from "../source/syscall/live.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import type { Log } from "../telemetry/log.ts";
import { inColor } from "./color.ts";
import { openDelivery } from "./delivery.ts";
import { Failure } from "./failure.ts";
import { callsFor, hostRoot, openLive } from "./live.ts";
import { openOwnLog } from "./own-log.ts";
import { defaultRules, type ReadyRules, readyRules } from "./rules.ts";
import type { RunOptions } from "./run.ts";
import { type Remark, readSettings } from "./settings.ts";
import { listenToSignals, type Signals } from "./signals.ts";
import { count, positive } from "./words.ts";

/** Configuration and rules, ready to watch with. */
export interface Prepared {
  readonly config: Config;
  readonly rules: ReadyRules;
  /** What there is to say of the configuration. */
  readonly remarks: readonly Remark[];
}

/** Takes what is watched, in words, and the rules that it is watched with. */
export type Begun = (what: string, rules: ReadyRules) => void;

/** Events between two looks at signals and outputs. */
const STRIDE = 4096;
/** Milliseconds that alerts wait with `buffered_outputs`. */
const BUFFERED = 1000;
/** Milliseconds between two looks at what was lost. */
const LOSS_CHECK = 1000;
/** Milliseconds that judging what is still in the rings may take at the end. */
const LAST_LOOK = 2000;

/**
 * `eyas run`: watches until a signal, or the time that was given, ends it.
 * @param begun called each time when it has begun, with what it watches; in place of a line in the log
 * @throws CannotWatch where the kernel can't be watched, Failure where there is a mistake in what it is given
 */
export async function watch(options: RunOptions, begun?: Begun): Promise<void> {
  let prepared = await prepare(options);
  const log = openOwnLog(prepared.config);
  for (const { level, text } of prepared.remarks) log(level, text);
  if (options.dryRun) {
    log("notice", `Everything is in order: ${describeRules(prepared.rules)} would be watched for.`);
    return;
  }
  const announce: Begun = (what, rules) => log("notice", `Watching ${what} with ${describeRules(rules)}.`);
  const signals = listenToSignals();
  if (options.duration !== undefined) signals.stopAfter(positive(options.duration, "--duration"));
  if (options.pidfile !== undefined) writeFileSync(options.pidfile, `${process.pid}\n`);
  try {
    while (!signals.stop) {
      await session(prepared, { log, signals, begun: begun ?? announce, buffered: options.unbuffered !== true });
      if (!signals.reload || signals.stop) break;
      signals.reload = false;
      prepared = await prepareAgain(options, prepared, log);
    }
  } finally {
    if (options.pidfile !== undefined) rmSync(options.pidfile, { force: true });
    signals.close();
  }
}

/** @throws Failure where configuration or rules have a mistake */
export async function prepare(options: RunOptions): Promise<Prepared> {
  const { config, remarks, rules: paths } = await readSettings(options);
  const host = process.env.FALCO_HOSTNAME ?? hostname();
  const rules = await readyRules(paths ?? defaultRules, config, config.rule_matching, host);
  return { config, rules, remarks };
}

/** After SIGHUP: what has a mistake now leaves things as they were. */
async function prepareAgain(options: RunOptions, before: Prepared, log: Log): Promise<Prepared> {
  try {
    const prepared = await prepare(options);
    for (const { level, text } of prepared.remarks) log(level, text);
    return prepared;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log("error", `Nothing was loaded again, the old rules go on: ${error.message}`);
    return before;
  }
}

interface Company {
  readonly log: Log;
  readonly signals: Signals;
  readonly begun: Begun;
  /** Whether `buffered_outputs` is followed. */
  readonly buffered: boolean;
}

/** Watches with one configuration until a signal wants something else. */
async function session({ config, rules }: Prepared, { log, signals, begun, buffered }: Company): Promise<void> {
  const { kind, replay } = config.engine;
  if (kind === "nodriver")
    throw new Failure("engine.kind: nodriver leaves nothing to watch; modern_ebpf watches this machine.");
  const live = kind === "replay" ? undefined : openLive(callsFor(rules.ruleset.rules, config, log), config);
  const source = live ?? openCapture(replay.capture_file);
  const delivery = openDelivery(openOutputs(config, inColor), log);
  let batch: Alert[] = [];
  let alerts = 0;
  let delivered = Date.now();
  const engine = new Engine(
    source,
    new Machine({ maxThreads: config.falco_libs.thread_table_size, ...(live && askMachine(hostRoot)) }),
    rules.ruleset,
    (rule, event) => batch.push(rules.raise(rule, event)),
  );

  async function deliver(now: boolean): Promise<void> {
    const patience = config.buffered_outputs && buffered && !now ? BUFFERED : 0;
    if (batch.length === 0 || Date.now() - delivered < patience) return;
    const ready = batch;
    batch = [];
    alerts += ready.length;
    delivered = Date.now();
    await delivery.deliver(ready);
    if (delivery.over) signals.stop = true;
  }

  const losses = live && watchLosses(live, log);
  const began = Date.now();
  begun(live === undefined ? replay.capture_file : "this machine", rules);
  try {
    while (!signals.stop && !signals.reload) {
      const taken = engine.drain(STRIDE);
      await deliver(false);
      losses?.look();
      if (signals.reopen) {
        signals.reopen = false;
        delivery.reopen();
        log("notice", "Output files are opened anew.");
      }
      if (taken > 0) await signals.turn();
      else if (live === undefined) break;
      else await Promise.race([live.wait(), signals.changed(), ...(batch.length > 0 ? [pause(BUFFERED)] : [])]);
    }
    const end = Date.now() + LAST_LOOK;
    if (live !== undefined) live.want(new Set());
    while (Date.now() < end && engine.drain(STRIDE) > 0);
    await deliver(true);
  } finally {
    source.close();
    await delivery.close();
  }
  const time = ((Date.now() - began) / 1000).toFixed(1);
  log("notice", `${count(engine.events, "event")} in ${time} s, ${count(alerts, "alert")}${losses?.summary() ?? ""}.`);
}

/** Says how many events were lost since the last time, and why. */
function watchLosses(live: LiveSource, log: Log): { look(): void; summary(): string } {
  let looked = Date.now();
  let said = 0;
  return {
    look() {
      if (Date.now() - looked < LOSS_CHECK) return;
      looked = Date.now();
      const counts = live.counts();
      if (counts.lost === said) return;
      log(
        "warning",
        `${count(counts.lost - said, "event")} lost: ${reasons(counts)} since the beginning. A larger ring may help (engine.modern_ebpf.buf_size_preset).`,
      );
      said = counts.lost;
    },
    summary() {
      const counts = live.counts();
      return counts.lost === 0 ? ", none lost" : `, ${counts.lost.toLocaleString("en")} lost (${reasons(counts)})`;
    },
  };
}

/** What each reason is called; the keys are those of the sensor's counters. */
const REASONS = {
  ringFull: "because the ring was full",
  tooLarge: "because they were too large",
  scratchBusy: "because an interrupt came between",
  noRing: "because their CPU has no ring",
} as const;

function reasons(counts: Readonly<Record<keyof typeof REASONS, number>>): string {
  const parts: string[] = [];
  if (counts.ringFull > 0) parts.push(`${counts.ringFull} ${REASONS.ringFull}`);
  if (counts.tooLarge > 0) parts.push(`${counts.tooLarge} ${REASONS.tooLarge}`);
  if (counts.scratchBusy > 0) parts.push(`${counts.scratchBusy} ${REASONS.scratchBusy}`);
  if (counts.noRing > 0) parts.push(`${counts.noRing} ${REASONS.noRing}`);
  return parts.join(", ");
}

function describeRules({ ruleset }: ReadyRules): string {
  return count(ruleset.rules.length, "rule");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
