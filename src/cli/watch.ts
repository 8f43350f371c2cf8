import { rmSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { Alert } from "../alert/alert.ts";
import { internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { RecentEvents } from "../engine/recent.ts";
import { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import { type CaptureSource, openCapture } from "../source/capture/source.ts";
import { nothing, type Source } from "../source/source.ts";
import type { LiveSource } from "../source/syscall/live.ts";
import { askMachine } from "../source/syscall/proc/ask.ts";
import { readMachine } from "../source/syscall/proc/machine.ts";
import type { Log } from "../telemetry/log.ts";
import { type Reloads, said } from "../telemetry/said.ts";
import { type AlertDoor, openAlertDoor } from "./alert-door.ts";
import { type Containers, openContainers } from "./containers.ts";
import { type Context, openContext } from "./context.ts";
import { type Delivery, deliveryFor } from "./delivery.ts";
import { Failure, openOrFail } from "./failure.ts";
import { type Observer, openObserver } from "./figures/observer.ts";
import { watchFiles } from "./file-watch.ts";
import { callsFor, hostRoot, openLive, threadLimits } from "./live.ts";
import { watchLosses } from "./losses.ts";
import { openOwnLog } from "./own-log.ts";
import { host, type Prepared, prepare, rulesInForce, warmUpFor } from "./prepare.ts";
import { firstMistake, openReload } from "./reload.ts";
import { openResponses } from "./responses.ts";
import { alertOptions } from "./rules.ts";
import type { RunOptions } from "./run.ts";
import { positive } from "./settings.ts";
import { listenToSignals, type Signals } from "./signals.ts";
import { enabledSources } from "./sources.ts";
import { openStreams, type Streams } from "./streams.ts";
import { openWebPage, type WebPage, type Welcome, welcomeInLog } from "./web-page.ts";

/** Takes what is watched, in words, and how many rules it is watched with. */
export type Begun = (what: string, rules: number) => void;

/** What is said to the user in place of lines in the log. */
export interface Announcements {
  /** Called each time when watching has begun. */
  readonly begun: Begun;
  /** Called when there is a web page. */
  readonly welcome: Welcome;
}

/** Events between two looks at signals and outputs. */
const STRIDE = 2048;
/** Bytes of a ring that are set aside in memory when events come faster than they are judged. */
const CUSHION = 32 << 20;
/** Milliseconds that alerts wait with `buffered_outputs`. */
const BUFFERED = 1000;
/** Milliseconds between two looks at events that wait for what container runtimes have to say, when nothing else happens. */
const PARKED = 50;
/** Milliseconds that judging what is still in the rings may take at the end. */
const LAST_LOOK = 2000;

/**
 * `eyas run`: watches until a signal, or the time that was given, ends it.
 * @param announcements in place of lines in the log
 * @throws CannotWatch where the kernel can't be watched, Failure where there is a mistake in what it is given
 */
export async function watch(options: RunOptions, announcements?: Announcements): Promise<void> {
  let prepared: Prepared | undefined = await prepare(options);
  let ownLog = openOwnLog(prepared.config);
  const log: Log = (word) => ownLog(word);
  for (const remark of prepared.remarks) log(remark);
  if (options.dryRun) {
    log(said.inOrder(rulesInForce(prepared)));
    return;
  }
  const announce: Begun = (what, rules) => log(said.watching(what, rules));
  const signals = listenToSignals();
  if (options.duration !== undefined) signals.stopAfter(positive(options.duration, "--duration"));
  if (options.pidfile !== undefined) writeFileSync(options.pidfile, `${process.pid}\n`);
  const reloads: Reloads = { done: 0, refused: 0 };
  const around = { configFile: options.config, hostname: host, reloads, log, wake: signals.wake };
  const observer = await openObserver(prepared.config, prepared.rules, around);
  const page = openWebPage(prepared.config, prepared.rules, {
    ...{ hostname: host, observer, log, reload: signals.askReload },
    welcome: announcements?.welcome ?? welcomeInLog(log),
  });
  const company: Company = {
    options,
    log,
    signals,
    begun: announcements?.begun ?? announce,
    reloads,
    observer,
    page,
    useConfig(config) {
      ownLog = openOwnLog(config);
    },
  };
  try {
    while (prepared !== undefined) prepared = await session(prepared, company);
  } finally {
    if (options.pidfile !== undefined) rmSync(options.pidfile, { force: true });
    await page.close();
    await observer.close();
    signals.close();
  }
}

interface Company {
  readonly options: RunOptions;
  readonly log: Log;
  readonly signals: Signals;
  readonly begun: Begun;
  readonly reloads: Reloads;
  readonly observer: Observer;
  readonly page: WebPage;
  /** Logs as another configuration wants it. */
  useConfig(config: Config): void;
}

/**
 * Watches until a signal ends it, under changing rules.
 * @returns what to begin anew with, where the configuration changed so much
 */
async function session(first: Prepared, company: Company): Promise<Prepared | undefined> {
  const { options, log, signals, begun, reloads, observer, page } = company;
  let { config, rules } = first;
  await observer.use(config, rules);
  page.use(config, rules);
  const { kind, replay } = config.engine;
  const kernel = kind !== "nodriver" && kind !== "replay";
  if (kind === "nodriver" && enabledSources(config).length === 0 && !config.alert_intake.enabled)
    throw new Failure(
      "engine.kind: nodriver leaves nothing to watch; modern_ebpf watches this machine, and sources takes other events.",
    );
  if (kernel) takePrecedence();
  if (kernel) for (const _ of warmUpFor(first));
  let batch: Alert[] = [];
  const responses = openResponses(config, first.responses, {
    hostname: host,
    past: kind === "replay",
    raise(alert) {
      batch.push(alert);
      signals.wake();
    },
    log,
  });
  const stop = (): void => {
    signals.stop = true;
    signals.wake();
  };
  let delivery: Delivery;
  try {
    delivery = await deliveryFor(config, log, stop, responses.listener);
  } catch (error) {
    await responses.close();
    throw error;
  }
  let live: LiveSource | undefined;
  let capture: CaptureSource | undefined;
  let source: Source;
  let door: AlertDoor | undefined;
  let streams: Streams;
  let machine: Machine;
  let containers: Containers | undefined;
  let context: Context | undefined;
  try {
    door = await openAlertDoor(config, (alerts) => delivery.keep(alerts), observer.countReceived, log);
    live = kernel ? openLive(callsFor(rules.ruleset.rules, config, log), config) : undefined;
    capture = kind === "replay" ? openOrFail(() => openCapture(replay.capture_file)) : undefined;
    source = live ?? capture ?? nothing;
    machine = new Machine({
      ...threadLimits(config),
      containers: rules.wantsContainers,
      ...(live && askMachine(hostRoot)),
    });
    if (source === nothing) machine.machine(readMachine("/proc"));
    if (live !== undefined && rules.wantsContainers) containers = openContainers(config, machine, log, signals.wake);
    const around = { machine, live: capture === undefined, log, arrived: signals.wake };
    context = await openContext(config, rules, around);
    streams = await openStreams(config, rules, {
      machine,
      raised,
      arrived: signals.wake,
      log,
      joins: source !== nothing,
    });
  } catch (error) {
    live?.close();
    await containers?.close();
    context?.close();
    await door?.close();
    await responses.close();
    await delivery.close();
    throw error;
  }
  function raised(alert: Alert, event: Observed): void {
    observer.countLacks(alert, event);
    batch.push(alert);
  }

  let alerts = 0;
  let delivered = Date.now();
  const { enabled: hasPage, recent_events_size: room } = config.web_page;
  const recent = live !== undefined && hasPage && room > 0 ? new RecentEvents(live, machine, room) : undefined;
  const engine = new Engine(recent ?? source, machine, rules.ruleset, (rule, event) =>
    raised(rules.raise(rule, event), event),
  );

  async function deliver(now: boolean): Promise<void> {
    const buffered = config.buffered_outputs && !responses.isOn; // what is answered must not wait
    const patience = buffered && options.unbuffered !== true && !now ? BUFFERED : 0;
    if (batch.length === 0 || Date.now() - delivered < patience) return;
    const ready = batch;
    batch = [];
    alerts += ready.length;
    delivered = Date.now();
    observer.count(ready);
    await delivery.deliver(ready);
  }

  /** Tells senders what has been judged, once its alerts are in the journal. */
  function acknowledge(): void {
    if (batch.length > 0) return;
    const judged = streams.mark();
    if (judged !== undefined) void delivery.kept().then(judged);
  }

  function relieve(): void {
    live?.relieve(CUSHION);
  }

  /** Judges what is there when nothing more is to come; those who brought it hear so. */
  async function lastLook(): Promise<void> {
    const end = Date.now() + LAST_LOOK;
    let open = true;
    void streams.shut().finally(() => {
      open = false;
    });
    live?.want(new Set());
    for (let taken = 1; Date.now() < end && (open || taken > 0 || streams.waiting > 0); ) {
      taken = engine.drain(STRIDE) + streams.drain(relieve);
      await deliver(true);
      acknowledge();
      if (open || streams.waiting > 0) await signals.turn();
    }
    engine.finish();
    await deliver(true);
    await delivery.kept();
    await responses.close();
    await deliver(true);
    await delivery.kept();
  }

  /** Everything that takes long is done here, in steps between which events are judged by the rules of before. */
  async function load(): Promise<Prepared> {
    const next = await prepare(options, () => live?.relieve());
    if (live !== undefined) for (const _ of warmUpFor(next)) await signals.turn();
    return next;
  }

  async function swap(next: Prepared): Promise<void> {
    await deliver(true);
    if (differs(config, next.config, outputKeys)) await delivery.replace(next.config);
    company.useConfig(next.config);
    ({ config, rules } = next);
    for (const remark of next.remarks) log(remark);
    if (rules.wantsContainers) {
      if (live !== undefined) containers ??= openContainers(config, machine, log, signals.wake);
      machine.watchContainers();
    }
    await context?.use(config, rules);
    live?.want(callsFor(rules.ruleset.rules, config, log));
    engine.swap(rules.ruleset);
    await observer.use(config, rules);
    page.use(config, rules);
    streams.use(config, rules);
    await door?.use(config);
    responses.use(config, next.responses);
    reloads.done++;
    log(said.loadedAgain(rulesInForce({ config, rules })));
  }

  function refuse(failure: Failure): void {
    reloads.refused++;
    log(said.notLoadedAgain(failure.message));
    const reason = firstMistake(failure);
    page.refused(reason);
    batch.push(
      internalAlert(
        {
          rule: "Eyas internal: rules not reloaded",
          priority: "Error",
          message: `Configuration or rules were not loaded again, the old ones stay in force: ${reason}`,
          fields: { "eyas.reason": reason, "eyas.reloads.refused": reloads.refused },
        },
        BigInt(Date.now()) * 1_000_000n,
        alertOptions(config, host),
      ),
    );
  }

  const { doors, received } = door;
  observer.watch({
    ...{ engine, machine, delivery, live, received, responses, recent },
    cluster: () => context?.cluster,
    doors: () => [...doors(), ...streams.doors()],
    get streams() {
      return streams.streams;
    },
  });
  let again: Prepared | undefined;
  const reload = openReload(load, signals.wake);
  const files = watchFiles(reload.ask);
  if (config.watch_config_files) files.follow(first.watched, first.content);
  const losses = live && watchLosses(live, log);
  const began = Date.now();
  let waiting: Promise<void> | undefined;
  begun(whatIsWatched(config), rulesInForce({ config, rules }));
  page.begin();
  try {
    while (!signals.stop) {
      let taken = engine.drain(STRIDE);
      relieve(); // a flood meets code that isn't compiled for it yet
      taken += streams.drain(relieve);
      if (signals.reload) {
        signals.reload = false;
        reload.ask();
      }
      const outcome = reload.take();
      if (outcome !== undefined && "failed" in outcome) refuse(outcome.failed);
      else if (outcome !== undefined) {
        const { watched, content } = outcome.loaded;
        if (outcome.loaded.config.watch_config_files) files.follow(watched, content);
        else files.close();
        const changed = sessionSections.filter((key) => differs(config, outcome.loaded.config, [key]));
        if (changed.length > 0) {
          again = outcome.loaded;
          log(said.beginsAnew(changed));
          break;
        }
        await swap(outcome.loaded);
      }
      const figures = observer.due();
      if (figures !== undefined) batch.push(figures);
      await deliver(false);
      acknowledge();
      losses?.look();
      if (signals.reopen) {
        signals.reopen = false;
        delivery.reopen();
        log(said.reopened());
      }
      if (taken > 0 || streams.ready) await signals.turn();
      else if (kind === "replay") break;
      else {
        waiting ??= live?.wait().finally(() => {
          waiting = undefined;
        });
        await Promise.race([
          signals.changed(),
          ...(waiting === undefined ? [] : [waiting]),
          ...(batch.length > 0 ? [pause(BUFFERED)] : []),
          ...(engine.parking.isEmpty ? [] : [pause(PARKED)]),
        ]);
      }
    }
    await lastLook();
  } finally {
    files.close();
    source.close();
    streams.close();
    await containers?.close();
    context.close();
    await door.close();
    await responses.close();
    await delivery.close();
  }
  const { warning } = capture ?? {};
  if (warning !== undefined) log(said.tornCapture(replay.capture_file, warning));
  log(said.watched(engine.events + streams.events, (Date.now() - began) / 1000, alerts, live?.counts()));
  for (const [output, count] of delivery.lost) log(said.undelivered(output, count));
  if (again === undefined && reloads.done + reloads.refused > 0) log(said.reloads(reloads));
  return again;
}

function whatIsWatched(config: Config): string {
  const { kind, replay } = config.engine;
  const own = kind === "replay" ? [replay.capture_file] : kind === "nodriver" ? [] : ["this machine"];
  const received = config.alert_intake.enabled ? ["alerts of other installations"] : [];
  return [...own, ...enabledSources(config), ...received].join(", ");
}

/** What the source and the picture of the machine are made with: a change there needs new ones. */
const sessionSections: readonly (keyof Config)[] = ["engine", "falco_libs", "journal", "containers"];
const outputKeys: readonly (keyof Config)[] = [
  "time_format_iso_8601",
  "json_include_output_property",
  "json_include_message_property",
  "json_include_output_fields_property",
  "json_include_tags_property",
  "json_output",
  "stdout_output",
  "syslog_output",
  "file_output",
  "http_output",
  "program_output",
  "outputs",
];

function differs(some: Config, other: Config, keys: readonly (keyof Config)[]): boolean {
  return keys.some((key) => JSON.stringify(some[key]) !== JSON.stringify(other[key]));
}

/** A ring overflows when nobody reads it for 50 ms: whoever keeps the processors busy should not decide what is seen. */
function takePrecedence(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Not allowed without CAP_SYS_NICE; then it competes like everybody else.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
