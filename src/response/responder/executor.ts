import type { AlertRecord } from "../../alert/record.ts";
import type { ActionEntry, ActionReason } from "../../journal/action-entry.ts";
import type { StartedAction } from "../../journal/action-log-writer.ts";
import { reasonOf } from "../../journal/fault.ts";
import type { ActionHost } from "../host.ts";
import type { ExhaustedBudget } from "../limit/budgets.ts";
import { claimOf } from "../limit/claim.ts";
import { type Limits, lookBack, openLimits } from "../limit/limits.ts";
import { openProtection, type Protection } from "../limit/protected.ts";
import { durationText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { LimitSettings } from "../settings.ts";
import { actionOf, type Chain, candidateOf, newStep } from "./chain.ts";
import { Counters } from "./counters.ts";
import type { ResponderEvent, ResponseCounts } from "./events.ts";
import { Exhaustions } from "./exhaustions.ts";
import { ActionQueues } from "./queues.ts";
import { endOf, GRACE, runAction } from "./run.ts";
import { SkipSample } from "./skip-sample.ts";
import type { StepWriter } from "./step-writer.ts";

/** Time to wait for running actions on close, in milliseconds. */
const CLOSE_TIMEOUT = 5000;
const PAUSED = "responses are paused";

export interface ExecutorOptions {
  readonly writer: StepWriter;
  readonly host: ActionHost;
  /** Root of the machine's file system; undefined to ignore local processes. */
  readonly root: string | undefined;
  report(event: ResponderEvent): void;
  /** Called when a step has finished. */
  ended(step: ActionEntry, alert: AlertRecord | undefined): void;
  now(): number;
}

/** Executes the actions of responses: applies limits, queues and runs actions, and records every step. */
export class Executor {
  settings: LimitSettings;
  #paused = false;
  #isClosing = false;
  #protection: Protection;
  #limits: Limits;
  #dryRunLimits: Limits;
  #lastId = 0;
  #idle: (() => void) | undefined;
  readonly #queues = new ActionQueues();
  readonly #counters = new Counters();
  /** Actions that are admitted but not recorded as started: queued actions, and actions whose step is being written. */
  readonly #admitted = new Set<Admitted>();
  readonly #running = new Set<AbortController>();
  readonly #exhaustions = new Exhaustions();
  readonly #skips = new SkipSample();
  readonly #options: ExecutorOptions;

  constructor(settings: LimitSettings, options: ExecutorOptions) {
    this.#options = options;
    this.settings = settings;
    this.#protection = openProtection(settings.never, options.root);
    this.#limits = this.#newLimits();
    this.#dryRunLimits = this.#newLimits();
  }

  #newLimits(): Limits {
    return openLimits(this.settings, (...asked) => this.#protection(...asked));
  }

  /** Applies new settings. The previous limits apply, with the new protection, until {@link restore} succeeds. */
  use(settings: LimitSettings): void {
    this.settings = settings;
    this.#protection = openProtection(settings.never, this.#options.root);
  }

  /**
   * Replaces the limits, after a restart or a change of settings, with limits that count the actions that have already
   * run or are admitted. If this throws, the previous limits still apply.
   */
  restore(
    steps: readonly StartedAction[],
    responses: readonly Response[],
    alertOf: (seq: number) => AlertRecord | undefined,
  ): void {
    const limits = this.#newLimits();
    const admitted = [...this.#admitted];
    const alerts = new Map(admitted.map(({ step, alert }) => [step.seq, alert]));
    const counted = [...steps, ...admitted.map(({ step }) => step)].sort((a, b) => a.asked - b.asked);
    limits.restore(counted, responses, (seq) => alerts.get(seq) ?? alertOf(seq));
    this.#limits = limits;
    this.#dryRunLimits = this.#newLimits();
  }

  /** Returns the start of the period from which {@link restore} needs steps, in milliseconds since the epoch. */
  lookBackTo(responses: readonly Response[]): number {
    return this.#options.now() - lookBack(this.settings, responses);
  }

  /** Makes the IDs of new steps greater than `last`. */
  reserveIds(last: number): void {
    this.#lastId = Math.max(this.#lastId, last);
  }

  /** Reads from the journal whether responses are paused. If the journal cannot be read, the state does not change. */
  readSwitch(): void {
    const paused = this.#options.writer.isPaused();
    if (paused !== undefined) this.#paused = this.settings.paused || paused;
  }

  /** Creates a step for the current action of a chain. IDs stay unique even if steps were removed from the journal. */
  newStep(chain: Chain, action: ResponseAction): ActionEntry {
    const now = this.#options.now();
    this.#lastId = Math.max(this.#lastId + 1, now * 1024);
    return newStep(chain, action, this.#lastId, now);
  }

  /** Runs the action of a step again, ignoring the cooldown that the step started. */
  repeat(chain: Chain, action: ResponseAction, step: ActionEntry): void {
    this.#limits.release(candidateOf(chain, action, step));
    this.advance(chain, { ...this.newStep(chain, action), attempt: step.attempt + 1 });
  }

  /**
   * Completes an action that recorded its remaining work in an earlier process and was then interrupted. Runs it
   * regardless of limits, and even if responses are paused, because it was admitted before and may have made changes.
   */
  finish(chain: Chain, action: ResponseAction, step: ActionEntry): void {
    const { target, record, attempt } = step;
    const next = { ...this.newStep(chain, action), target, record, attempt: attempt + 1 };
    this.#start(chain, action, step.state === "waiting" ? step : next);
  }

  /** Continues a chain: runs or queues the current action, or records why it is skipped. */
  advance(chain: Chain, given?: ActionEntry): void {
    let begun = given;
    for (;;) {
      const action = actionOf(chain);
      if (action === undefined) return;
      const step = begun ?? this.newStep(chain, action);
      begun = undefined;
      const decided = this.#decide(chain, action, step);
      if (decided.state === "waiting") {
        this.#start(chain, action, decided);
        return;
      }
      this.#endSkipped(decided, chain.alert);
      if (this.#suspend(chain, action, decided) || !action.continues) return;
      chain.at++;
    }
  }

  #decide({ response, alert, at }: Chain, action: ResponseAction, step: ActionEntry, suspends = false): ActionEntry {
    const time = this.#options.now();
    const skipped = (why: ActionReason, reason: string, more: Partial<ActionEntry> = {}): ActionEntry => ({
      ...step,
      ...{ state: "skipped", why, answer: reason, ended: time },
      ...more,
    });
    const found = targetOf(action, alert);
    if ("missing" in found) return skipped("missing", found.missing);
    const { target } = found;
    const dryRun = this.settings.dryRun || response.dryRun || action.dryRun;
    const known = { target, dryRun };
    if (this.#paused) return skipped("paused", PAUSED, known);
    const limits = dryRun ? this.#dryRunLimits : this.#limits;
    const suppressed = limits.admit(
      { response, place: at, action, alert, target, scope: step.scope, ...(suspends && { suspends }) },
      time,
    );
    if (suppressed === undefined)
      return dryRun ? skipped("dry_run", "dry run: the action would run now", known) : { ...step, ...known };
    if (suppressed.budget !== undefined && !dryRun) this.#reportBudget(suppressed.budget, time);
    return skipped(suppressed.why, suppressed.reason, known);
  }

  /** Reports an exhausted budget, but only once until it admits actions again. */
  #reportBudget(budget: ExhaustedBudget, time: number): void {
    const exhaustion = this.#exhaustions.add(budget, time);
    if (exhaustion === undefined) return;
    const suspends = this.settings.whenExhausted === "suspend";
    this.#options.report({ kind: "budget", budget: exhaustion, suspends });
  }

  /**
   * Suspends the target of an action that a budget suppressed. No budget applies, because a suspension can be reverted.
   * @returns false if the target is not suspended
   */
  #suspend(chain: Chain, { suspend }: ResponseAction, { why, dryRun }: ActionEntry): boolean {
    if (why !== "budget" || dryRun || suspend === undefined || this.settings.whenExhausted !== "suspend") return false;
    const decided = this.#decide(chain, suspend, this.newStep(chain, suspend), true);
    if (decided.state !== "waiting") {
      this.end(decided, chain.alert);
      return false;
    }
    this.#start(chain, suspend, decided);
    return true;
  }

  /** Runs the suspension of a target that an earlier process queued, or started and did not complete. */
  suspendAgain(chain: Chain, suspend: ResponseAction, open: ActionEntry): void {
    let step = open;
    if (open.state !== "waiting") {
      this.#limits.release(candidateOf(chain, suspend, open));
      step = { ...this.newStep(chain, suspend), attempt: open.attempt + 1 };
    }
    const decided = this.#decide(chain, suspend, step, true);
    if (decided.state === "waiting") this.#start(chain, suspend, decided);
    else this.end(decided, chain.alert);
  }

  /** Runs an action once its step is on disk. Queues it if too many runs of the action are in progress. */
  #start(chain: Chain, action: ResponseAction, step: ActionEntry): void {
    const { name } = action.action;
    const { writer } = this.#options;
    const claim = claimOf(chain.alert);
    const admitted = admittedOf(chain.alert, step, this.#options.now());
    this.#admitted.add(admitted);
    const start = (): void => {
      this.#queues.started(name, claim);
      const asked: ActionEntry = { ...step, state: "asked", asked: this.#options.now() };
      writer.save(asked, () => {
        this.#admitted.delete(admitted); // the action log now contains the start
        void this.#run(chain, action, asked);
      });
    };
    if (this.#queues.hasRoom(name, this.settings.concurrency)) {
      start();
      return;
    }
    writer.save(step);
    this.#queues.enqueue(name, claim, () => {
      this.readSwitch();
      if (this.#paused && step.record === undefined) {
        this.#admitted.delete(admitted);
        this.#skipPaused(chain, action, step);
      } else start();
    });
  }

  #skipPaused(chain: Chain, action: ResponseAction, step: ActionEntry): void {
    this.#limits.release(candidateOf(chain, action, step));
    const ended = this.#options.now();
    this.end({ ...step, state: "skipped", why: "paused", answer: PAUSED, ended }, chain.alert);
    chain.at++;
    if (action.continues) this.advance(chain);
  }

  async #run(chain: Chain, one: ResponseAction, step: ActionEntry): Promise<void> {
    const { action, parameters } = one;
    const { host } = this.#options;
    const { never } = this.settings;
    const timeout = one.timeout ?? this.settings.timeout;
    const control = new AbortController();
    this.#running.add(control);
    let current = step;
    const record = (text: string): Promise<void> => {
      current = { ...step, record: text };
      return this.#saved(current, control.signal);
    };
    const request = {
      ...{ alert: chain.alert, parameters, key: step.key, host, protectedNamespaces: never.namespaces, record },
      ...(step.record !== undefined && { recorded: step.record }),
    };
    const result = await runAction(action, request, control, timeout);
    this.#running.delete(control);
    this.#queues.ended(action.name, claimOf(chain.alert));
    if (result === undefined && this.#isClosing) {
      this.#becameIdle();
      return; // the step keeps the state `asked`; the next process sets it to `unknown`
    }
    const { outcome, end } = {
      outcome: result?.outcome ?? "failed",
      end: endOf(result ?? { outcome: "failed", reason: `timed out after ${durationText(timeout)}` }),
    };
    const ended = this.#options.now();
    this.#counters.took(step.action, ended - (step.asked ?? ended));
    if (outcome !== "done") this.#limits.release(candidateOf(chain, one, step));
    this.end({ ...current, ...end, ended, ...(outcome !== "failed" && { record: undefined }) }, chain.alert);
    this.#continue(chain, one.continues && (outcome !== "failed" || one.ignoresErrors));
    this.#next(action.name);
  }

  /**
   * Saves a step.
   * @returns resolves once it is on disk; rejects if the action is aborted earlier
   */
  #saved(step: ActionEntry, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(new Error("the action log could not be written in time"));
    if (signal.aborted) abort();
    else {
      signal.addEventListener("abort", abort, { once: true });
      this.#options.writer.save(step, resolve);
    }
    return promise;
  }

  /** Continues a chain after an action. During shutdown, only saves the next step, which the next process runs. */
  #continue(chain: Chain, goesOn: boolean): void {
    chain.at++;
    if (!goesOn) return;
    if (!this.#isClosing) {
      this.advance(chain);
      return;
    }
    const action = actionOf(chain);
    if (action !== undefined) this.#options.writer.save(this.newStep(chain, action));
  }

  #next(action: string): void {
    if (!this.#isClosing) this.#queues.next(action, this.settings.concurrency);
  }

  /** Records a skipped step. If many steps of the same workload were skipped, only counts the step. */
  #endSkipped(step: ActionEntry, alert: AlertRecord): void {
    const recorded = this.#skips.recorded(step, claimOf(alert).workload, this.#options.now());
    if (recorded === undefined) this.#counters.ended(step);
    else this.end(recorded, alert);
  }

  /** Records the end of a step. */
  end(step: ActionEntry, alert: AlertRecord | undefined): void {
    this.#options.writer.save(step);
    this.#counters.ended(step);
    this.#options.ended(step, alert);
  }

  counts(): ResponseCounts {
    const exhausted = this.#exhaustions.current(this.#options.now());
    const suppressed = this.#exhaustions.suppressed();
    return { ...this.#counters.all(), ...this.#queues.counts(), paused: this.#paused, exhausted, suppressed };
  }

  /** Must be called after each write to the journal, so that {@link drained} can wait for the last steps. */
  flushed(): void {
    if (!this.#options.writer.isPending) this.#becameIdle();
  }

  #becameIdle(): void {
    if (this.#running.size === 0) this.#idle?.();
  }

  /** Stops starting actions. */
  stop(): void {
    this.#isClosing = true;
  }

  /** Waits until running actions end. Aborts actions that are still running after {@link CLOSE_TIMEOUT}. */
  async drained(): Promise<void> {
    if (this.#running.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const late = setTimeout(() => {
      for (const control of this.#running) control.abort(new Error("Eyas is stopping"));
      setTimeout(resolve, GRACE);
    }, CLOSE_TIMEOUT);
    await promise;
    clearTimeout(late);
  }
}

/** An action that is admitted but not recorded as started. */
interface Admitted {
  readonly step: StartedAction;
  readonly alert: AlertRecord;
}

/** Returns an admitted action as if it had started at `time`, so that new limits count it like a started action. */
function admittedOf(alert: AlertRecord, step: ActionEntry, time: number): Admitted {
  return { step: { ...step, asked: time, received: alert.received === true }, alert };
}

/** Returns the target of an action. If the action's code throws, the target counts as missing. */
function targetOf({ action, parameters }: ResponseAction, alert: AlertRecord): ReturnType<typeof action.target> {
  try {
    return action.target(alert, parameters);
  } catch (error) {
    return { missing: reasonOf(error) };
  }
}
