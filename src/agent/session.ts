import { dirname } from "node:path";
import type { Alert } from "../alert/alert.ts";
import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import type { RuleFile } from "../rule/location.ts";
import { logLines } from "../telemetry/log-lines.ts";
import { trimRegularly } from "../worker/trim.ts";
import type { Agent } from "./agent.ts";
import { Components } from "./component.ts";
import { readAccountsOfContainers } from "./context/accounts.ts";
import { openContainers } from "./context/containers.ts";
import { type Context, openContext } from "./context/context.ts";
import { type ExecutableIdentity, openExecutableIdentity } from "./context/identity.ts";
import { type Delivery, deliveryFor, type JournalListener } from "./delivery/delivery.ts";
import { journalFile } from "./delivery/journal.ts";
import { type DocumentSources, openDocumentSources } from "./documents/document-sources.ts";
import { enabledSources } from "./documents/settings.ts";
import { Failure, FilesChanged } from "./failure.ts";
import { type AlertFolding, openFolding } from "./folding.ts";
import { CanaryStages } from "./health/canary-stages.ts";
import { openHealthChecks } from "./health/checks.ts";
import { openJournalCheck } from "./health/journal-check.ts";
import { type AlertIntake, openAlertIntake } from "./intake/alert-intake.ts";
import { changedSessionKeys } from "./load/changed.ts";
import { type FollowedFiles, followFiles } from "./load/follow.ts";
import { openIndicatorWatch } from "./load/indicator-watch.ts";
import { type AgentLoadOptions, activeRules, host, type Loaded, load, warmUpFor } from "./load/load.ts";
import { alertOptions } from "./load/ready-rules.ts";
import { firstError, openReload, type Reload } from "./load/reload.ts";
import { stepsOf } from "./load/steps.ts";
import { tryLoad } from "./load/trial.ts";
import { PendingAlerts } from "./pending-alerts.ts";
import { isolate } from "./resources/isolate.ts";
import { newlyRejected } from "./resources/newly-rejected.ts";
import { openResponses, type Responses } from "./responses/responses.ts";
import type { FlightRecorderOptions, OpenRecorder } from "./sensor/flight-recorder.ts";
import { isLive, openSensor, type Sensor } from "./sensor/sensor.ts";
import { releaseSpareMemory } from "./spare-memory.ts";
import { CutOff, matchAfter, type TakenUpTo } from "./takeover/cut.ts";

/** Number of events evaluated between checks of signals and outputs. */
const STRIDE = 2048;
/**
 * Number of events evaluated between two calls that move events from full ring buffers to memory. Code that V8 has not
 * optimized yet takes about 50 µs per event, so {@link STRIDE} events could take longer than a flood needs to fill a ring
 * buffer.
 */
const STEP = 256;
/** Maximum time by which `buffered_outputs` delays alerts, in milliseconds. */
const BUFFERED = 1000;
/** Interval between checks of events that wait for metadata while no events arrive, in milliseconds. */
const PARKED = 50;
/** Maximum number of attempts at a reload if files change while they are loaded. */
const LOAD_TRIES = 3;
/** Maximum time to evaluate the remaining events at shutdown, in milliseconds. */
const DRAIN = 2000;
/** Maximum time to wait at shutdown until the journal has stored the alerts of live events, in milliseconds. */
const FLUSH = 5000;

/**
 * Heap growth, in bytes, after which garbage is collected if few events arrive; number of events below which few events
 * arrive; and minimum heap growth, in bytes, after which garbage is also collected during a flood.
 */
const HEAP_GROWTH = 12 << 20;
const FEW_EVENTS = 100_000;
const MAX_HEAP_GROWTH = 16 << 20;

/** The components that each session opens. */
interface Parts {
  readonly components: Components;
  readonly alerts: PendingAlerts;
  readonly folding: AlertFolding;
  readonly responses: Responses;
  readonly delivery: Delivery;
  readonly intake: AlertIntake;
  readonly sensor: Sensor;
  readonly context: Context;
  readonly identity: ExecutableIdentity;
  readonly documents: DocumentSources;
  /** Ends the evaluation of system calls when another process takes over. */
  readonly cutOff: CutOff;
}

/**
 * Opens a session and its components.
 * @throws CannotWatch, Failure. Components that were already opened are closed
 */
export async function openSession(first: Loaded, agent: Agent): Promise<Session> {
  const { config } = first;
  if (config.engine.kind === "nodriver" && enabledSources(config).length === 0 && !receivesOther(config))
    throw new Failure(
      "With engine.kind=nodriver and no sources, Eyas receives no events; set engine.kind to modern_ebpf to watch this machine, or configure sources.",
    );
  if (isLive(config)) for (const _ of warmUpFor(first));
  const components = new Components();
  try {
    return new Session(first, agent, await openParts(first, agent, components));
  } catch (error) {
    await components.close();
    throw error;
  }
}

async function openParts(first: Loaded, agent: Agent, components: Components): Promise<Parts> {
  const { config } = first;
  const { log, signals, observer, health } = agent;
  const alerts = new PendingAlerts();
  const responses = components.add(
    openResponses(first, {
      hostname: host,
      past: config.engine.kind === "replay",
      raise(alert) {
        alerts.add(alert);
        signals.wake();
      },
      log,
    }),
  );
  const alertOf = (event: InternalEvent): Alert =>
    internalAlert(event, BigInt(Date.now()) * 1_000_000n, alertOptions(config, host));
  const raiseInternal = (event: InternalEvent): void => {
    alerts.add(alertOf(event));
    signals.wake();
  };
  components.add(agent.events.open(raiseInternal));
  const blocked = (output: string, reason: string): void =>
    raiseInternal({
      rule: "Eyas internal: delivery blocked",
      priority: "Error",
      message: `Alerts are not delivered to ${output} until the cause is fixed: ${reason}`,
      fields: { "eyas.output": output, "eyas.reason": reason },
    });
  const journalState = (fault: string | undefined): void => {
    if (fault === undefined) health.set("journal", "ok");
    else health.set("journal", "failed", fault);
  };
  const listener: JournalListener = { ...responses.listener, blocked, state: journalState, noticed: raiseInternal };
  const ended = (): void => {
    if (config.journal.enabled || responses.isEnabled) log(logLines.outputsEnded());
    else signals.askStop();
  };
  const delivery = components.add(await deliveryFor(config, log, ended, listener, agent.options.layout));
  const stages = new CanaryStages(health);
  const raiseOfJournal = (event: InternalEvent, isUnstored: boolean): void => {
    if (isUnstored) delivery.deliverUnstored?.(alertOf(event));
    else raiseInternal(event);
  };
  const { marked: journal } = delivery;
  const check = journal && components.add(openJournalCheck({ ...{ journal, health, stages }, raise: raiseOfJournal }));
  const keep = (received: readonly Alert[]) => delivery.store(received);
  const intake = components.add(await openAlertIntake(config, host, keep, observer.countReceived, log));
  const folding = components.add(
    openFolding(first, {
      emit: alerts.add,
      observe: observer.countMissing,
      isBehind: () => alerts.isLarge || delivery.isBehind === true,
      log,
    }),
  );
  const { match } = folding;
  const record = await recorderFor(config, { log, raiseInternal, memory: agent.memory });
  const inheritance = agent.inheritance.take();
  const { taken } = inheritance ?? {};
  const cutOff = new CutOff(taken === undefined ? match : matchAfter(taken, inheritance?.live?.bootTime ?? 0, match));
  const sensor = components.add(
    openSensor(first, {
      match: cutOff.onMatch,
      ...{ live: inheritance?.live, replaced: inheritance?.from },
      ...{ raiseInternal, health, stages, log },
      canaryArrived: () => check?.mark(),
      wake: signals.wake,
      stop: signals.fail,
      memory: agent.memory,
      record,
    }),
  );
  const { machine, live, capture } = sensor;
  if (live !== undefined) components.add(readAccountsOfContainers(machine));
  const arrived = signals.wake;
  const insert = (event: Uint8Array): void => {
    if (!sensor.engine.insert(event)) log(logLines.containerEventDropped());
  };
  components.add(openContainers(first, { machine, live: live !== undefined, log, arrived, insert }));
  const watched = { machine, live: live !== undefined, log, memory: agent.memory, arrived };
  const identity = components.add(await openExecutableIdentity(first, watched));
  components.add(openIndicatorWatch(log));
  const state = config.journal.enabled ? { state: dirname(journalFile(config.journal)) } : {};
  const enrichment = { machine, live: capture === undefined, log, arrived, ...state };
  const context = components.add(await openContext(config, first.rules, enrichment));
  const joins = live !== undefined || capture !== undefined;
  const { memory } = agent;
  const oldestUnread = live && (() => live.oldestUnread());
  const sources = await openDocumentSources(first, {
    ...{ machine, match, arrived, log, joins, memory, raiseInternal, oldestUnread },
  });
  const documents = components.add(sources);
  components.add(openHealthChecks(config, health, () => ({ delivery, documents: documents.sources })));
  return { components, alerts, folding, responses, delivery, intake, sensor, context, identity, documents, cutOff };
}

/** Loads the flight recorder if this machine is watched and captures or recent events on the page are enabled. */
async function recorderFor(config: Config, options: FlightRecorderOptions): Promise<OpenRecorder | undefined> {
  const { capture, web_page: page } = config;
  if (!isLive(config)) {
    if (capture.enabled) options.log(logLines.capturesUnused("this machine is not watched"));
    return undefined;
  }
  if (!capture.enabled && !(page.enabled && page.recent_events_size > 0)) return undefined;
  const { openFlightRecorder } = await import("./sensor/flight-recorder.ts");
  return (source, machine, relieve) => openFlightRecorder(config, options, source, machine, relieve);
}

/** Evaluates events with one set of components, which stay open when rules are reloaded. */
export class Session {
  private current: Loaded;
  private readonly agent: Agent;
  private readonly parts: Parts;
  private readonly files: FollowedFiles;
  private readonly reload: Reload<Loaded>;
  private readonly began = performance.now();
  private waiting: Promise<void> | undefined;
  private eventsBefore = 0;
  /** Number of events that were not evaluated before shutdown. */
  private unread = 0;

  constructor(first: Loaded, agent: Agent, parts: Parts) {
    this.current = first;
    this.agent = agent;
    this.parts = parts;
    this.reload = openReload(() => this.load(), agent.signals.wake);
    const heap = trimRegularly({
      growth: HEAP_GROWTH,
      maxGrowth: MAX_HEAP_GROWTH,
      isIdle: () => this.mayPause(),
      // Moves events from the ring buffers to memory, so that the buffers have space for new events during the pause.
      prepare: () => parts.sensor.relieve(),
    });
    parts.components.add({ close: () => clearInterval(heap) });
    parts.components.add(releaseSpareMemory());
    this.files = parts.components.add(followFiles(first, this.reload.ask, agent.log));
  }

  /**
   * Evaluates events until a signal, the end of the source, or a reload that requires a new session. Then closes the
   * session.
   * @returns the configuration and rules of the next session; undefined if the agent stops
   */
  async run(): Promise<Loaded | undefined> {
    const { agent, parts } = this;
    const { sensor, documents, folding, components } = parts;
    let next: Loaded | undefined;
    this.observe();
    agent.watching(watchedSources(this.current, documents.watched), activeRules(this.current));
    agent.page.begin();
    this.reportGaps(this.current);
    this.reportRejected(this.current, undefined);
    try {
      while (!agent.signals.stop) {
        folding.tick();
        agent.serviceManager.progress();
        let evaluated = this.drainSensor();
        evaluated += documents.drain(sensor.relieve);
        sensor.check();
        next = await this.takeReload();
        if (next !== undefined) break;
        await this.deliver(false);
        this.acknowledge();
        this.followSignals();
        if (evaluated > 0 || documents.ready) await agent.signals.turn();
        else if (this.current.config.engine.kind === "replay") break;
        else await this.idle();
      }
      await this.drain();
    } finally {
      await components.close();
    }
    this.logSummary(next !== undefined);
    return next;
  }

  /**
   * Evaluates up to {@link STRIDE} events in steps. While activity is sampled, the engine samples once per step.
   */
  private drainSensor(): number {
    const { sensor } = this.parts;
    const step = this.agent.observer.sampleStep ?? STEP;
    let taken = 0;
    let last = step;
    while (taken < STRIDE && last >= step) {
      last = sensor.engine.drain(step);
      taken += last;
      sensor.relieve();
    }
    return taken;
  }

  private observe(): void {
    const { agent, parts } = this;
    const { sensor, delivery, responses, intake, context, identity, documents, folding } = parts;
    const { engine, machine, live, recorder } = sensor;
    agent.observer.watch({
      ...{
        engine,
        machine,
        delivery,
        live,
        received: intake.received,
        responses,
        recorder,
        checks: sensor.checks,
        folding,
      },
      cluster: () => context.cluster,
      identity: () => identity.counts,
      listeners: () => [...intake.listeners(), ...documents.listeners(), ...agent.ruleAdmission.listeners()],
      get documents() {
        return documents.sources;
      },
    });
  }

  /** Loads the files and as many EyasRules resources as possible. */
  private async load(): Promise<Loaded> {
    const { options, ruleResources } = this.agent;
    const attempt = (resources: readonly RuleFile[]): Promise<Loaded> => this.loadFiles({ ...options, resources });
    const [next, resources] = await isolate(ruleResources.current, attempt);
    return next.config.kubernetes.rules_resources ? { ...next, resources } : next;
  }

  /**
   * Loads the files in a worker as a trial, then in this thread in steps. Between steps, events are evaluated with the
   * current rules.
   */
  private async loadFiles(options: AgentLoadOptions): Promise<Loaded> {
    const { sensor } = this.parts;
    const { live, engine } = sensor;
    const { signals } = this.agent;
    const types = [...engine.seen.keys()].filter((code) => engine.seen[code] !== 0);
    const pause = stepsOf(signals.turn);
    for (let tries = LOAD_TRIES; ; ) {
      const checked = await tryLoad(options, types);
      sensor.expectColdCode();
      try {
        const next = await load(options, { pause, checked });
        for (const code of types) {
          await signals.turn();
          next.rules.ruleset.match.prepare(code);
        }
        if (live !== undefined) for (const _ of warmUpFor(next)) await signals.turn();
        return next;
      } catch (error) {
        if (!(error instanceof FilesChanged) || --tries === 0) throw error;
      }
    }
  }

  /**
   * Starts a requested reload, and applies the outcome of a finished reload.
   * @returns the loaded configuration and rules if they require a new session
   */
  private async takeReload(): Promise<Loaded | undefined> {
    const { signals, log } = this.agent;
    if (signals.reload) {
      signals.reload = false;
      this.reload.ask();
    }
    const outcome = this.reload.take();
    if (outcome === undefined) return undefined;
    if ("failed" in outcome) {
      this.reject(outcome.failed);
      return undefined;
    }
    const { loaded } = outcome;
    this.files.follow(loaded);
    const changed = changedSessionKeys(this.current.config, loaded.config);
    if (changed.length > 0) {
      log(logLines.sensorRestarting(changed));
      return loaded;
    }
    await this.apply(loaded);
    return undefined;
  }

  private async apply(next: Loaded): Promise<void> {
    const { before, after } = this.agent;
    this.parts.folding.flush();
    await this.deliver(true);
    const previous = this.current;
    this.current = next;
    this.parts.sensor.expectColdCode();
    for (const component of [...before, this.parts.components, ...after]) await component.apply?.(next);
    this.reportGaps(next);
    this.reportRejected(next, previous);
    reportReload(this.agent, next);
  }

  /** Raises an alert for each file or group of rules whose skipping reduces detection. */
  private reportGaps({ config, rules }: Loaded): void {
    for (const { sentence } of rules.leftOut.filter(({ isGap }) => isGap)) {
      const event = {
        rule: "Eyas internal: rules skipped",
        priority: "Warning",
        message: `${sentence}.`,
        fields: { "eyas.reason": sentence },
      } as const;
      this.raise(event, config);
    }
  }

  /** Logs EyasRules resources that have been rejected since the previous load, and raises an alert for each. */
  private reportRejected({ config, resources }: Loaded, previous: Loaded | undefined): void {
    const { lines, events } = newlyRejected(resources, previous?.resources);
    for (const line of lines) this.agent.log(line);
    for (const event of events) this.raise(event, config);
  }

  /** Raises an alert about the agent itself. */
  private raise(event: InternalEvent, config: Config): void {
    this.parts.alerts.add(internalAlert(event, BigInt(Date.now()) * 1_000_000n, alertOptions(config, host)));
  }

  /** Configuration and rules in use, which a reload replaces. */
  get loaded(): Loaded {
    return this.current;
  }

  /**
   * Must be called before {@link run} if this session was opened because the session of a reload could not be opened.
   * @param rejected the configuration and rules of the failed reload, whose files are watched for the next change
   */
  continueAfter(rejected: Loaded, failure: Failure): void {
    this.files.follow(rejected);
    this.reject(failure);
  }

  /** Keeps the current rules and raises an alert about the failed reload. */
  private reject(failure: Failure): void {
    const { reloads, log, page } = this.agent;
    reloads.rejected++;
    log(logLines.reloadFailed(failure.message));
    const reason = firstError(failure);
    page.reloaded({ refused: reason });
    const event = {
      rule: "Eyas internal: rules not reloaded",
      priority: "Error",
      message: `Reload failed; the previous configuration and rules stay active: ${reason}`,
      fields: { "eyas.reason": reason, "eyas.reloads.rejected": reloads.rejected },
    } as const;
    this.raise(event, this.current.config);
  }

  private async deliver(now: boolean): Promise<void> {
    const { alerts, responses, delivery } = this.parts;
    const { observer, options } = this.agent;
    const buffered = this.current.config.buffered_outputs && !responses.isEnabled; // no delay for responses
    const ready = alerts.take(buffered && options.unbuffered !== true && !now ? BUFFERED : 0);
    if (ready === undefined) return;
    observer.count(ready);
    await delivery.deliver(ready);
  }

  /** Acknowledges evaluated events to their senders as soon as the alerts of these events are in the journal. */
  private acknowledge(): void {
    const { alerts, documents, delivery } = this.parts;
    if (!alerts.isEmpty) return;
    const evaluated = documents.mark();
    if (evaluated !== undefined) void delivery.flushed().then(evaluated);
  }

  private followSignals(): void {
    const { signals, log, observer, successor } = this.agent;
    const { alerts, delivery } = this.parts;
    if (signals.replace) {
      signals.replace = false;
      successor.start();
    }
    if (successor.isWatching && this.taken === undefined) this.giveWay();
    const snapshot = observer.due();
    if (snapshot !== undefined) alerts.add(snapshot);
    if (!signals.reopen) return;
    signals.reopen = false;
    delivery.reopen();
    log(logLines.filesReopened());
  }

  /** Ends the evaluation of events after a short delay, since the successor watches the machine. */
  private giveWay(): void {
    const { cutOff, sensor } = this.parts;
    const { signals, successor } = this.agent;
    const delay = cutOff.endSoon(sensor.live?.now ?? 0, sensor.live?.bootTime ?? 0);
    setTimeout(() => {
      if (successor.isWatching) signals.askStop();
      else cutOff.goOn();
    }, delay);
  }

  /** The position up to which events are evaluated if a successor continues; undefined otherwise. */
  get taken(): TakenUpTo | undefined {
    return this.parts.cutOff.taken;
  }

  /** Whether so few events arrive that a pause is acceptable. */
  private mayPause(): boolean {
    const { engine } = this.parts.sensor;
    const arrived = engine.events - this.eventsBefore;
    this.eventsBefore = engine.events;
    return this.waiting !== undefined && arrived < FEW_EVENTS;
  }

  /** Waits for events, signals, or the next scheduled task. */
  private async idle(): Promise<void> {
    const { signals } = this.agent;
    const { alerts, sensor, folding } = this.parts;
    const { dueIn = Number.POSITIVE_INFINITY } = folding;
    this.waiting ??= sensor.live?.wait().finally(() => {
      this.waiting = undefined;
    });
    const due = Math.min(
      alerts.isEmpty ? Number.POSITIVE_INFINITY : BUFFERED,
      sensor.engine.waiting.isEmpty ? Number.POSITIVE_INFINITY : PARKED,
      dueIn,
    );
    const isDue = Promise.withResolvers<void>();
    const timer = due === Number.POSITIVE_INFINITY ? undefined : setTimeout(isDue.resolve, due).unref();
    await Promise.race([signals.changed(), isDue.promise, ...(this.waiting === undefined ? [] : [this.waiting])]);
    clearTimeout(timer);
  }

  /** Evaluates the remaining events and delivers the remaining alerts before shutdown. */
  private async drain(): Promise<void> {
    const { sensor, documents, folding, responses } = this.parts;
    const end = performance.now() + DRAIN;
    let open = true;
    void documents.shut().finally(() => {
      open = false;
    });
    sensor.stop();
    const more = (): boolean => open || documents.waiting > 0 || sensor.waiting;
    for (let evaluated = 1; performance.now() < end && (evaluated > 0 || more()); ) {
      evaluated = sensor.engine.drain(STRIDE) + documents.drain(sensor.relieve);
      await this.deliver(true);
      this.acknowledge();
      if (more()) await this.agent.signals.turn();
    }
    this.unread = await sensor.discard();
    sensor.engine.finish();
    folding.flush();
    await this.deliver(true);
    await this.flush();
    await responses.close();
    await this.deliver(true);
    await this.flush();
  }

  /** Waits until the alerts are stored. With a live sensor, waits at most {@link FLUSH}. */
  private async flush(): Promise<void> {
    const flushed = this.parts.delivery.flushed();
    if (this.current.config.engine.kind === "replay") await flushed;
    else await Promise.race([flushed, pause(FLUSH)]);
  }

  private logSummary(goesOn: boolean): void {
    const { log, reloads } = this.agent;
    const { sensor, documents, delivery, alerts } = this.parts;
    const { engine, capture, live } = sensor;
    if (capture?.warning !== undefined)
      log(logLines.captureDamaged(this.current.config.engine.replay.capture_file, capture.warning));
    const seconds = (performance.now() - this.began) / 1000;
    log(
      logLines.summary(
        engine.events + documents.events,
        seconds,
        alerts.handed,
        live && { ...live.counts(), unread: this.unread },
      ),
    );
    for (const [output, count] of delivery.lost) log(logLines.alertsUndelivered(output, count));
    if (!goesOn && reloads.done + reloads.rejected > 0) log(logLines.reloads(reloads));
  }
}

/** Logs and counts a reload, and responds to the web UI if the page requested the reload. */
export function reportReload({ log, reloads, page }: Agent, next: Loaded): void {
  for (const remark of next.remarks) log(remark);
  reloads.done++;
  page.reloaded({ done: true });
  log(logLines.reloaded(activeRules(next)));
}

/** Whether the agent has tasks even without an event source. */
function receivesOther({ alert_intake, admission }: Config): boolean {
  return alert_intake.enabled || admission.enabled;
}

function watchedSources({ config }: Loaded, documents: readonly string[]): string {
  const { kind, replay } = config.engine;
  const own = kind === "replay" ? [replay.capture_file] : kind === "nodriver" ? [] : ["this machine"];
  const received = config.alert_intake.enabled ? ["alerts from other installations"] : [];
  const reviewed = config.admission.enabled ? ["EyasRules"] : [];
  return [...own, ...documents, ...received, ...reviewed].join(", ");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
