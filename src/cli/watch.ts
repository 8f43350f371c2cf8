import { rmSync, writeFileSync } from "node:fs";
import { constants, hostname, setPriority } from "node:os";
import type { Alert } from "../alert/alert.ts";
import type { Config } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { warmUp } from "../engine/warm-up.ts";
import { Machine } from "../machine/machine.ts";
import { openOutputs } from "../output/outputs.ts";
import { openCapture } from "../source/capture/source.ts";
import type { LiveSource } from "../source/syscall/live.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import type { Log } from "../telemetry/log.ts";
import { said, totalOf, type Word } from "../telemetry/said.ts";
import { inColor } from "./color.ts";
import { openDelivery } from "./delivery.ts";
import { Failure, openOrFail } from "./failure.ts";
import { sample } from "./home.ts";
import { callsFor, hostRoot, openLive } from "./live.ts";
import { openOwnLog } from "./own-log.ts";
import { defaultRules, type ReadyRules, readyRules } from "./rules.ts";
import type { RunOptions } from "./run.ts";
import { positive, readSettings } from "./settings.ts";
import { listenToSignals, type Signals } from "./signals.ts";

/** Configuration and rules, ready to watch with. */
interface Prepared {
  readonly config: Config;
  readonly rules: ReadyRules;
  /** What there is to say of the configuration. */
  readonly remarks: readonly Word[];
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
  for (const remark of prepared.remarks) log(remark);
  if (options.dryRun) {
    log(said.inOrder(prepared.rules.ruleset.rules.length));
    return;
  }
  const announce: Begun = (what, { ruleset }) => log(said.watching(what, ruleset.rules.length));
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
async function prepare(options: RunOptions): Promise<Prepared> {
  const { config, remarks, rules: paths } = await readSettings(options);
  const host = process.env.FALCO_HOSTNAME ?? hostname();
  const rules = await readyRules(paths ?? defaultRules, config, config.rule_matching, host);
  return { config, rules, remarks };
}

/** After SIGHUP: what has a mistake now leaves things as they were. */
async function prepareAgain(options: RunOptions, before: Prepared, log: Log): Promise<Prepared> {
  try {
    const prepared = await prepare(options);
    for (const remark of prepared.remarks) log(remark);
    return prepared;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log(said.notLoadedAgain(error.message));
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
  if (kind !== "replay") takePrecedence();
  const recording = sample();
  if (kind !== "replay" && recording !== undefined)
    warmUp(
      rules.ruleset,
      openOrFail(() => openCapture(recording)),
    );
  const live = kind === "replay" ? undefined : openLive(callsFor(rules.ruleset.rules, config, log), config);
  const source = live ?? openOrFail(() => openCapture(replay.capture_file));
  const delivery = openDelivery(openOutputs(config, inColor), log);
  let batch: Alert[] = [];
  let alerts = 0;
  let delivered = Date.now();
  const engine = new Engine(
    source,
    new Machine({
      maxThreads: config.falco_libs.thread_table_size,
      containers: rules.wantsContainers,
      ...(live && askMachine(hostRoot)),
    }),
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
        log(said.reopened());
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
  if ("warning" in source && source.warning !== undefined) log(said.tornCapture(replay.capture_file, source.warning));
  log(said.watched(engine.events, (Date.now() - began) / 1000, alerts, live?.counts()));
  for (const [output, count] of delivery.lost) log(said.undelivered(output, count));
}

/** A ring overflows when nobody reads it for 50 ms: whoever keeps the processors busy should not decide what is seen. */
function takePrecedence(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Not allowed without CAP_SYS_NICE; then it competes like everybody else.
  }
}

/** Says from time to time how many events were lost since it last did, and why. */
function watchLosses(live: LiveSource, log: Log): { look(): void } {
  let looked = Date.now();
  let told = 0;
  return {
    look() {
      if (Date.now() - looked < LOSS_CHECK) return;
      looked = Date.now();
      const losses = live.counts();
      const total = totalOf(losses);
      if (total > told) log(said.lost(total - told, losses));
      told = total;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
