import { createHash } from "node:crypto";
import type { JournalAlert } from "../../alert/entry.ts";
import { INTERNAL } from "../../alert/internal.ts";
import { reasonOf } from "../../journal/fault.ts";
import type { JournalFollower } from "../../journal/follow.ts";
import type { Ledger } from "../../journal/ledger.ts";
import type { Step, StepReason, StepState } from "../../journal/step.ts";
import type { ActionResult, AnsweredAlert } from "../action.ts";
import { answeredAlert } from "../alert.ts";
import type { Place } from "../host.ts";
import { type Brakes, type Candidate, lookBack, openBrakes, type UsedBudget } from "../limit/limits.ts";
import { openNever } from "../limit/protected.ts";
import { scopeOf } from "../limit/scope.ts";
import { timeText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { BrakeSettings } from "../settings.ts";

/** Under which name the journal has how far responses have come. */
export const PLACE = "responses";
/** How the rules of alerts begin that tell of responses: they are never answered, or answers would have no end. */
export const REPORT = "Eyas internal: response";

/** What is worth saying of responses. */
export type ResponseNews =
  | { readonly kind: "trouble"; readonly reason: string }
  | { readonly kind: "recovered" }
  | { readonly kind: "budget"; readonly budget: UsedBudget }
  /** An action has ended, or it is not known how: also those that were skipped. */
  | { readonly kind: "ended"; readonly step: Step; readonly alert: ReportedAlert };

/** The alert that was answered, in short. */
export interface ReportedAlert {
  readonly id: string;
  readonly rule: string;
}

export interface ResponderOptions {
  /** The journal that it reads; everything throws while it can't be read. */
  readonly journal: Pick<JournalFollower, "read" | "last" | "position">;
  /** Opens the audit trail; it is opened again where writing failed. Throws, or gives undefined, where there is none. */
  openLedger(): Ledger | undefined;
  tell(news: ResponseNews): void;
  /** Where actions take effect. */
  readonly place: Place;
  /** Where the machine's root is; undefined where no process of this machine is meant. */
  readonly root: string | undefined;
  readonly now?: () => number;
}

/** What was counted since the beginning. */
export interface ResponseCounts {
  /** By action and outcome: a state, or why it was skipped. */
  readonly steps: readonly {
    readonly action: string;
    readonly outcome: StepState | StepReason;
    readonly count: number;
  }[];
  /** Actions that are under way, and those that wait for their turn. */
  readonly running: number;
  readonly waiting: number;
  /** Seconds that actions took, all together and by action. */
  readonly seconds: readonly { readonly action: string; readonly seconds: number; readonly count: number }[];
  readonly paused: boolean;
}

/** Answers the alerts of a journal as rules say, each once. */
export interface Responder {
  /**
   * The journal is ours; `last` is its newest alert before those that are to be answered, where it has not been answered
   * from before. Undefined: the newest that there is now.
   */
  opened(last: number | undefined): void;
  /** There are more alerts in the journal. */
  kept(): void;
  /** The journal is another file now. */
  turned(): void;
  /** Goes on under other rules and brakes. */
  use(responses: readonly Response[], settings: BrakeSettings): void;
  counts(): ResponseCounts;
  /** Asks for nothing any more, and waits a while for what is under way. */
  close(): Promise<void>;
}

/** Alerts read at once. */
const PAGE = 500;
/** Milliseconds until it is tried again to write or read. */
const AGAIN = 1000;
/** Milliseconds between two notes of how far alerts were looked at that nothing was to be done about. */
const NOTE = 500;
/** Milliseconds that an action gets after it was told to stop, and all of them at the end. */
const GRACE = 1000;
const LAST_WHILE = 5000;
/** How often an action is begun whose outcome is not known. */
const ATTEMPTS = 3;

/** An alert and a response that is under way for it. */
interface Chain {
  readonly response: Response;
  readonly alert: AnsweredAlert;
  readonly seq: number;
  /** Which action comes next. */
  at: number;
}

/** Those of one action that are under way, and those that wait until some have ended. */
interface Lane {
  running: number;
  readonly queue: (() => void)[];
}

export function openResponder(
  first: readonly Response[],
  firstSettings: BrakeSettings,
  { journal, openLedger, tell, place, root, now = Date.now }: ResponderOptions,
): Responder {
  let responses = first;
  let settings = firstSettings;
  let brakes = newBrakes();
  let rehearsal = newBrakes();
  let ledger: Ledger | undefined;
  let isOpen = false;
  let isTroubled = false;
  let closing = false;
  /** Everything up to this number was looked at; `noted` of it is written down. */
  let position = 0;
  let noted = 0;
  /** Where to begin in a journal that has not been answered from. */
  let newest: number | undefined;
  let lastId = 0;
  let paused = false;
  /** Steps that are to be written, and what is to be done once they are on disk. */
  let changed = new Map<number, Step>();
  let afterwards: (() => void)[] = [];
  let flushing: NodeJS.Immediate | undefined;
  let again: NodeJS.Timeout | undefined;
  let noting: NodeJS.Timeout | undefined;
  const lanes = new Map<string, Lane>();
  const underWay = new Set<AbortController>();
  const usedUp = new Map<string, number>();
  const counted = new Map<string, { action: string; outcome: StepState | StepReason; count: number }>();
  const spent = new Map<string, { action: string; seconds: number; count: number }>();
  let idle: (() => void) | undefined;

  function newBrakes(): Brakes {
    return openBrakes(settings, openNever(settings.never, root));
  }

  // What is written

  function save(step: Step): void {
    changed.set(step.id, step);
    flushing ??= setImmediate(flush);
  }

  /** Writes all that has changed in one go. What depends on it waits until that has worked. */
  function flush(): void {
    clearImmediate(flushing);
    flushing = undefined;
    if (changed.size === 0 && position === noted) return;
    const reached = position;
    try {
      ledger ??= openLedger();
      if (ledger === undefined) throw new Error("there is no journal");
      ledger.write([...changed.values()], { name: PLACE, seq: reached });
    } catch (error) {
      troubled(error);
      return;
    }
    recovered();
    noted = reached;
    changed = new Map();
    const ready = afterwards;
    afterwards = [];
    for (const each of ready) each();
    if (underWay.size === 0 && afterwards.length === 0) idle?.();
  }

  function troubled(error: unknown): void {
    letGo();
    if (!isTroubled) tell({ kind: "trouble", reason: reasonOf(error) });
    isTroubled = true;
    if (again !== undefined || closing) return;
    again = setTimeout(() => {
      again = undefined;
      if (!isOpen) begin();
      else flush();
      pump();
    }, AGAIN);
  }

  function recovered(): void {
    if (isTroubled) tell({ kind: "recovered" });
    isTroubled = false;
  }

  function letGo(): void {
    try {
      ledger?.close();
    } catch {
      // It is broken; what was written is on disk.
    }
    ledger = undefined;
  }

  function lookAtSwitch(): void {
    try {
      ledger ??= openLedger();
      paused = settings.paused || ledger?.switch()?.paused === true;
    } catch {
      letGo(); // writing says what is wrong
    }
  }

  // Beginning, and what a process before this one has left

  function begin(): void {
    try {
      ledger ??= openLedger();
      if (ledger === undefined) throw new Error("there is no journal");
      lastId = Math.max(lastId, ledger.lastId());
      const known = journal.position(PLACE);
      position = known === 0 ? (newest ?? journal.last()) : known;
      noted = known;
      const asked = ledger.askedSince(now() - lookBack(settings, responses));
      const left = ledger.open().map((step) => ({ step, kept: journal.read(step.seq - 1, 1)[0] }));
      lookAtSwitch();
      brakes.restore(asked, responses);
      isOpen = true;
      for (const { step, kept } of left) resume(step, kept);
    } catch (error) {
      troubled(error);
      return;
    }
    recovered();
    if (noted !== position) flushing ??= setImmediate(flush);
    pump();
  }

  function resume(step: Step, kept: JournalAlert | undefined): void {
    const response = responses.find(({ name }) => name === step.response);
    const action = response?.actions[step.place];
    const isThere = kept?.seq === step.seq && action?.action.name === step.action;
    const alert = kept?.seq === step.seq ? answeredAlert(kept) : undefined;
    if (step.state === "asked")
      end({ ...step, state: "unknown", answer: "The program ended while this was under way", ended: now() }, alert);
    if (!isThere || response === undefined || action === undefined || alert === undefined) {
      if (step.state === "waiting")
        end(
          { ...step, state: "skipped", why: "gone", answer: "The rule or the alert is no longer there", ended: now() },
          alert,
        );
      return;
    }
    const chain: Chain = { response, alert, seq: step.seq, at: step.place };
    if (step.state === "waiting") advance(chain, step);
    else if (action.action.repeatable && step.attempt < ATTEMPTS && !step.dryRun) {
      brakes.release(candidateOf(chain, action, step)); // it is to be left alone because of what is done again now
      advance(chain, { ...newStep(chain), attempt: step.attempt + 1 });
    } else if (action.ignoresErrors && action.continues) {
      chain.at++;
      advance(chain);
    }
  }

  // Alerts

  function pump(): void {
    // While it is about to be tried again nothing is; what can't be written holds up what comes after it.
    if (!isOpen || closing || again !== undefined) return;
    try {
      const page = journal.read(position, PAGE);
      lookAtSwitch();
      for (const kept of page) {
        answer(kept);
        position = kept.seq;
      }
      if (changed.size > 0) flush();
      else recovered();
      if (changed.size === 0 && position !== noted)
        noting ??= setTimeout(() => {
          noting = undefined;
          flush();
        }, NOTE);
      if (page.length > 0) setImmediate(pump); // long alerts make short pages
    } catch (error) {
      troubled(error);
    }
  }

  function answer(kept: JournalAlert): void {
    if (kept.source === INTERNAL && kept.rule.startsWith(REPORT)) return;
    const alert = answeredAlert(kept);
    for (const response of responses) {
      if (!matches(response, alert)) continue;
      advance({ response, alert, seq: kept.seq, at: 0 });
      if (!response.continues) break;
    }
  }

  function newStep({ response, alert, seq, at }: Chain): Step {
    const { action } = response.actions[at];
    lastId = Math.max(lastId + 1, now() * 1024); // so that no number comes twice, whatever is taken out of the journal
    return {
      ...{ id: lastId, seq, response: response.name, place: at, action: action.name, attempt: 1 },
      key: keyOf(alert.id, response.name, at, action.name),
      ...{
        target: undefined,
        scope: scopeOf(alert, action.name),
        dryRun: false,
        state: "waiting",
        why: undefined,
        answer: undefined,
      },
      ...{ time: now(), asked: undefined, ended: undefined },
    };
  }

  /** Goes on with the next action of a response: decides, and asks for it or says why not. */
  function advance(chain: Chain, given?: Step): void {
    let begun = given;
    for (const { response } = chain; chain.at < response.actions.length; chain.at++) {
      const action = response.actions[chain.at];
      const step = begun ?? newStep(chain);
      begun = undefined;
      const decided = decide(chain, action, step);
      if (decided.state === "waiting") {
        ask(chain, action, decided);
        return;
      }
      end(decided, chain.alert);
      if (!action.continues) return;
    }
  }

  function decide({ response, alert, at }: Chain, action: ResponseAction, step: Step): Step {
    const time = now();
    const skipped = (why: StepReason, reason: string, more: Partial<Step> = {}): Step => ({
      ...step,
      ...{ state: "skipped", why, answer: reason, ended: time },
      ...more,
    });
    const found = targetOf(action, alert);
    if ("missing" in found) return skipped("missing", found.missing);
    const { target } = found;
    const dryRun = settings.dryRun || response.dryRun || action.dryRun;
    const known = { target, dryRun };
    if (paused) return skipped("paused", "all responses are stopped", known);
    const candidate: Candidate = { response, place: at, action, alert, target, scope: step.scope };
    const held = (dryRun ? rehearsal : brakes).take(candidate, time);
    if (held === undefined)
      return dryRun ? skipped("dry_run", "a dry run: it would be done now", known) : { ...step, ...known };
    if (held.budget !== undefined && !dryRun) sayUsedUp(held.budget, time);
    return skipped(held.why, held.reason, known);
  }

  /** Once for each time that a budget is used up. */
  function sayUsedUp(budget: UsedBudget, time: number): void {
    if ((usedUp.get(budget.of) ?? 0) > time) return;
    usedUp.set(budget.of, Number.isFinite(budget.until) ? budget.until : time + budget.rate.window);
    tell({ kind: "budget", budget });
  }

  // Actions

  function laneOf(action: ResponseAction): Lane {
    const { name } = action.action;
    const lane = lanes.get(name) ?? { running: 0, queue: [] };
    lanes.set(name, lane);
    return lane;
  }

  function ask(chain: Chain, action: ResponseAction, step: Step): void {
    const lane = laneOf(action);
    const start = (): void => {
      lane.running++;
      const asked: Step = { ...step, state: "asked", asked: now() };
      save(asked);
      afterwards.push(() => void run(chain, action, asked));
    };
    if (lane.running < settings.concurrency) {
      start();
      return;
    }
    save(step);
    lane.queue.push(() => {
      lookAtSwitch();
      if (!paused) {
        start();
        return;
      }
      brakes.release(candidateOf(chain, action, step));
      end({ ...step, state: "skipped", why: "paused", answer: "all responses are stopped", ended: now() }, chain.alert);
      chain.at++;
      if (action.continues) advance(chain);
    });
  }

  function next(lane: Lane): void {
    while (!closing && lane.running < settings.concurrency && lane.queue.length > 0) lane.queue.shift()?.();
  }

  function candidateOf({ response, alert, at }: Chain, action: ResponseAction, step: Step): Candidate {
    return { response, place: at, action, alert, target: step.target ?? "", scope: step.scope };
  }

  async function run(chain: Chain, action: ResponseAction, step: Step): Promise<void> {
    const control = new AbortController();
    underWay.add(control);
    const result = await outcomeOf(action, chain.alert, step.key, control);
    underWay.delete(control);
    const lane = laneOf(action);
    lane.running--;
    if (result === undefined) {
      if (underWay.size === 0) idle?.();
      return; // it stays asked: whoever comes next says that nothing is known of it
    }
    const ended = now();
    const took = spent.get(step.action) ?? { action: step.action, seconds: 0, count: 0 };
    spent.set(step.action, took);
    took.seconds += (ended - (step.asked ?? ended)) / 1000;
    took.count++;
    if (result.outcome !== "done") brakes.release(candidateOf(chain, action, step));
    end({ ...step, ...endOf(result), ended }, chain.alert);
    const goesOn = action.continues && (result.outcome !== "failed" || action.ignoresErrors);
    chain.at++;
    if (goesOn && !closing) advance(chain);
    else if (goesOn && chain.at < chain.response.actions.length) save(newStep(chain)); // it waits for whoever comes next
    next(lane);
  }

  /** What became of it; undefined where the program ends before that is known. */
  async function outcomeOf(
    { action, parameters, timeout: own }: ResponseAction,
    alert: AnsweredAlert,
    key: string,
    control: AbortController,
  ): Promise<ActionResult | undefined> {
    const timeout = own ?? settings.timeout;
    const late = Promise.withResolvers<undefined>();
    const stop = setTimeout(() => control.abort(new Error("its time is over")), timeout);
    const leave = setTimeout(late.resolve, timeout + GRACE, undefined);
    control.signal.addEventListener("abort", () => setTimeout(late.resolve, GRACE, undefined));
    try {
      const result = await Promise.race([
        attempt(action, {
          ...{ alert, parameters, key, place },
          signal: control.signal,
          spared: settings.never.namespaces,
        }),
        late.promise,
      ]);
      if (result !== undefined) return result;
      return closing ? undefined : { outcome: "failed", reason: `it took longer than ${timeText(timeout)}` };
    } finally {
      clearTimeout(stop);
      clearTimeout(leave);
    }
  }

  function end(step: Step, alert: AnsweredAlert | undefined): void {
    save(step);
    const outcome = step.why ?? step.state;
    const key = `${step.action}\0${outcome}`;
    const row = counted.get(key) ?? { action: step.action, outcome, count: 0 };
    row.count++;
    counted.set(key, row);
    tell({ kind: "ended", step, alert: { id: alert?.id ?? "", rule: alert?.rule ?? "" } });
  }

  return {
    opened(last) {
      if (isOpen) {
        pump();
        return;
      }
      newest = last;
      begin();
    },
    kept: pump,
    turned() {
      letGo();
      pump();
    },
    use(next, nextSettings) {
      flush();
      responses = next;
      settings = nextSettings;
      brakes = newBrakes();
      rehearsal = newBrakes();
      try {
        if (isOpen) brakes.restore(ledger?.askedSince(now() - lookBack(settings, responses)) ?? [], responses);
      } catch (error) {
        troubled(error);
      }
      lookAtSwitch();
    },
    counts: () => ({
      steps: [...counted.values()],
      running: [...lanes.values()].reduce((sum, { running }) => sum + running, 0),
      waiting: [...lanes.values()].reduce((sum, { queue }) => sum + queue.length, 0),
      seconds: [...spent.values()],
      paused,
    }),
    async close() {
      closing = true;
      clearTimeout(again);
      clearTimeout(noting);
      // What was not asked yet waits for whoever comes next.
      for (const [id, step] of changed)
        if (step.state === "asked") changed.set(id, { ...step, state: "waiting", asked: undefined });
      afterwards = [];
      flush();
      if (underWay.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        idle = resolve;
        const late = setTimeout(() => {
          for (const control of underWay) control.abort(new Error("the program ends"));
          setTimeout(resolve, GRACE);
        }, LAST_WHILE);
        await promise;
        clearTimeout(late);
      }
      flush();
      letGo();
    },
  };
}

function matches(response: Response, alert: AnsweredAlert): boolean {
  try {
    return response.matches(alert);
  } catch {
    return false; // a mistake of ours; other alerts are still to be answered
  }
}

function targetOf({ action, parameters }: ResponseAction, alert: AnsweredAlert) {
  try {
    return action.target(alert, parameters);
  } catch (error) {
    return { missing: reasonOf(error) }; // a mistake of ours, and no reason to stop answering
  }
}

async function attempt({ run }: ResponseAction["action"], request: Parameters<typeof run>[0]): Promise<ActionResult> {
  try {
    return await run(request);
  } catch (error) {
    return { outcome: "failed", reason: reasonOf(error) };
  }
}

function endOf(result: ActionResult): Pick<Step, "state" | "why" | "answer"> {
  if (result.outcome === "done") return { state: "done", why: undefined, answer: cut(result.answer) };
  if (result.outcome === "failed") return { state: "failed", why: undefined, answer: cut(result.reason) };
  return { state: "skipped", why: "nothing", answer: cut(result.reason) };
}

/** Characters of an answer that are kept. */
const LONGEST = 65_536;

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** A key that only this action for this alert has, whatever its names are made of. */
function keyOf(alert: string, response: string, place: number, action: string): string {
  return createHash("sha256")
    .update(JSON.stringify([alert, response, place, action]))
    .digest("hex")
    .slice(0, 32);
}
