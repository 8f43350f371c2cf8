import { type InternalEvent, internalAlert } from "../alert/internal.ts";
import type { Config } from "../config/load.ts";
import type { RuleFile } from "../rule/location.ts";
import { logLines } from "../telemetry/log-lines.ts";
import type { Agent } from "./agent.ts";
import { type Failure, FilesChanged } from "./failure.ts";
import { changedSessionKeys } from "./load/changed.ts";
import { type FollowedFiles, followFiles } from "./load/follow.ts";
import { type AgentLoadOptions, activeRules, host, type Loaded, load, warmUpFor } from "./load/load.ts";
import { alertOptions } from "./load/ready-rules.ts";
import { firstError, openReload, type Reload } from "./load/reload.ts";
import { inSteps, stepsOf } from "./load/steps.ts";
import { tryLoad } from "./load/trial.ts";
import { isolate } from "./resources/isolate.ts";
import { newlyRejected } from "./resources/newly-rejected.ts";
import { findNeeds } from "./sensor/needs.ts";
import type { SessionParts } from "./session-parts.ts";

/** Maximum number of attempts at a reload if files change while they are loaded. */
const LOAD_TRIES = 3;

/** The configuration and rules of a session, which reloads replace. */
export class SessionRules {
  private current: Loaded;
  private readonly agent: Agent;
  private readonly parts: SessionParts;
  private readonly files: FollowedFiles;
  private readonly reload: Reload<Loaded>;
  private readonly deliverNow: () => Promise<void>;

  /** @param deliverNow delivers all pending alerts, before their outputs may change */
  constructor(first: Loaded, agent: Agent, parts: SessionParts, deliverNow: () => Promise<void>) {
    this.current = first;
    this.agent = agent;
    this.parts = parts;
    this.deliverNow = deliverNow;
    this.reload = openReload(() => this.load(), agent.signals.wake);
    this.files = parts.components.add(followFiles(first, this.reload.ask, agent.log));
  }

  /** The configuration and rules in use. */
  get loaded(): Loaded {
    return this.current;
  }

  /** Raises alerts about rules and resources that the first load skipped. */
  reportFirst(): void {
    this.reportGaps(this.current);
    this.reportRejected(this.current, undefined);
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
    const pause = stepsOf(signals.turn, () => live?.isBehind === true);
    for (let tries = LOAD_TRIES; ; ) {
      const checked = await tryLoad(options, types);
      sensor.expectColdCode();
      try {
        const next = await load(options, { pause, checked });
        if (live !== undefined) {
          await inSteps(findNeeds(next.rules.ruleset.rules), pause);
          await inSteps(warmUpFor(next, types), pause);
        }
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
  async take(): Promise<Loaded | undefined> {
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
    await this.deliverNow();
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

  /**
   * Must be called before the first {@link take} if the session was opened because the session of a reload could not be opened.
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
}

/** Logs and counts a reload, and responds to the web UI if the page requested the reload. */
export function reportReload({ log, reloads, page }: Agent, next: Loaded): void {
  for (const remark of next.remarks) log(remark);
  reloads.done++;
  page.reloaded({ done: true });
  log(logLines.reloaded(activeRules(next)));
}
