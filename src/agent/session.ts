import type { Config } from "../config/load.ts";
import { logLines } from "../telemetry/log-lines.ts";
import { trimRegularly } from "../worker/trim.ts";
import type { Agent } from "./agent.ts";
import { Components } from "./component.ts";
import { enabledSources } from "./documents/settings.ts";
import { Failure } from "./failure.ts";
import { activeRules, type Loaded, warmUpFor } from "./load/load.ts";
import { isLive } from "./sensor/sensor.ts";
import { openParts, type SessionParts } from "./session-parts.ts";
import { SessionRules } from "./session-rules.ts";
import { releaseSpareMemory } from "./spare-memory.ts";
import type { TakenUpTo } from "./takeover/cut.ts";

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

/** Evaluates events with one set of components, which stay open when rules are reloaded. */
export class Session {
  private readonly agent: Agent;
  private readonly parts: SessionParts;
  private readonly rules: SessionRules;
  private readonly began = performance.now();
  private waiting: Promise<void> | undefined;
  private eventsBefore = 0;
  /** Number of events that were not evaluated before shutdown. */
  private unread = 0;

  constructor(first: Loaded, agent: Agent, parts: SessionParts) {
    this.agent = agent;
    this.parts = parts;
    this.rules = new SessionRules(first, agent, parts, () => this.deliver(true));
    const heap = trimRegularly({
      growth: HEAP_GROWTH,
      maxGrowth: MAX_HEAP_GROWTH,
      isIdle: () => this.mayPause(),
      // Moves events from the ring buffers to memory, so that the buffers have space for new events during the pause.
      prepare: () => parts.sensor.relieve(),
    });
    parts.components.add({ close: () => clearInterval(heap) });
    parts.components.add(releaseSpareMemory());
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
    agent.watching(watchedSources(this.loaded, documents.watched), activeRules(this.loaded));
    agent.page.begin();
    this.rules.reportFirst();
    try {
      while (!agent.signals.stop) {
        folding.tick();
        agent.serviceManager.progress();
        let evaluated = this.drainSensor();
        evaluated += documents.drain(sensor.relieve);
        sensor.check();
        next = await this.rules.take();
        if (next !== undefined) break;
        await this.deliver(false);
        this.acknowledge();
        this.followSignals();
        if (evaluated > 0 || documents.ready) await agent.signals.turn();
        else if (this.loaded.config.engine.kind === "replay") break;
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

  /** The configuration and rules in use. */
  get loaded(): Loaded {
    return this.rules.loaded;
  }

  /** See {@link SessionRules.continueAfter}. */
  continueAfter(rejected: Loaded, failure: Failure): void {
    this.rules.continueAfter(rejected, failure);
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

  private async deliver(now: boolean): Promise<void> {
    const { alerts, responses, delivery } = this.parts;
    const { observer, options } = this.agent;
    const buffered = this.loaded.config.buffered_outputs && !responses.isEnabled; // no delay for responses
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
    if (this.loaded.config.engine.kind === "replay") await flushed;
    else await Promise.race([flushed, pause(FLUSH)]);
  }

  private logSummary(goesOn: boolean): void {
    const { log, reloads } = this.agent;
    const { sensor, documents, delivery, alerts } = this.parts;
    const { engine, capture, live } = sensor;
    if (capture?.warning !== undefined)
      log(logLines.captureDamaged(this.loaded.config.engine.replay.capture_file, capture.warning));
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
