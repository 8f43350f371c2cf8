import type { JournalAlert } from "../../alert/entry.ts";
import { INTERNAL_SOURCE } from "../../alert/internal.ts";
import { type AlertRecord, alertRecord } from "../../alert/record.ts";
import type { ActionEntry } from "../../journal/action-entry.ts";
import type { ActionLogWriter } from "../../journal/action-log-writer.ts";
import { reasonOf } from "../../journal/fault.ts";
import type { JournalFollower } from "../../journal/follow.ts";
import type { ActionHost } from "../host.ts";
import { CLUSTER_EVENTS } from "../notifier/list.ts";
import { isResult } from "../notifier/result.ts";
import type { Response } from "../rule/response.ts";
import type { LimitSettings } from "../settings.ts";
import type { Chain } from "./chain.ts";
import { REPORT, type ResponderEvent, type ResponseCounts } from "./events.ts";
import { Executor } from "./executor.ts";
import { CURSOR, StepWriter } from "./step-writer.ts";

/** Maximum number of alerts per read. */
const PAGE = 500;
/** Maximum number of attempts at an action whose outcome remains unknown. */
const MAX_ATTEMPTS = 3;

export interface ResponderOptions {
  /** The journal with the alerts. Methods throw while it cannot be read. */
  readonly journal: Pick<JournalFollower, "read" | "page" | "last" | "position">;
  /** Opens the action log, and reopens it after a failure. Throws or returns undefined if there is none. */
  openLedger(): ActionLogWriter | undefined;
  report(event: ResponderEvent): void;
  /** Creates an Event in the cluster. If not set, the notifier for Events has no effect. */
  createEvent?(step: ActionEntry, alert: AlertRecord): void;
  readonly host: ActionHost;
  /** Root of the machine's file system; undefined to ignore local processes. */
  readonly root: string | undefined;
  readonly now?: () => number;
}

/** Evaluates the alerts of a journal against response rules, and runs responses. Each alert is evaluated once. */
export class Responder {
  #responses: readonly Response[];
  #isOpen = false;
  #isClosing = false;
  /** Whether the limits must be restored, because settings have changed. */
  #hasOldLimits = false;
  /** Position in the journal at which evaluation starts if the journal has no cursor for responses. */
  #newest: number | undefined;
  readonly #journal: ResponderOptions["journal"];
  readonly #writer: StepWriter;
  readonly #executor: Executor;
  readonly #now: () => number;
  readonly #report: ResponderOptions["report"];
  readonly #createEvent: ResponderOptions["createEvent"];

  constructor(responses: readonly Response[], settings: LimitSettings, options: ResponderOptions) {
    const { journal, openLedger, report, createEvent, host, root, now = Date.now } = options;
    this.#responses = responses;
    this.#journal = journal;
    this.#now = now;
    this.#report = report;
    this.#createEvent = createEvent;
    this.#writer = new StepWriter({
      openLedger,
      failed: (error) => report({ kind: "trouble", reason: reasonOf(error) }),
      recovered: () => report({ kind: "recovered" }),
      retry: () => this.#retry(),
      flushed: () => this.#executor.flushed(),
    });
    const ended = (step: ActionEntry, alert: AlertRecord | undefined): void => this.#ended(step, alert);
    this.#executor = new Executor(settings, { writer: this.#writer, host, root, report, ended, now });
  }

  /**
   * Called when this process has opened the journal.
   * @param last position at which evaluation starts if the journal has no cursor for responses; undefined: after the
   * newest alert
   */
  opened(last: number | undefined): void {
    if (this.#isOpen) {
      this.#readOn();
      return;
    }
    this.#newest = last;
    this.#begin();
  }

  /** Called when the journal has new alerts. */
  appended(): void {
    this.#readOn();
  }

  /** Called when the journal file was replaced. */
  replaced(): void {
    this.#writer.release();
    this.#readOn();
  }

  /** Applies new rules and settings. */
  use(responses: readonly Response[], settings: LimitSettings): void {
    this.#writer.flush();
    this.#responses = responses;
    this.#executor.use(settings);
    this.#hasOldLimits = true;
    this.#renewLimits();
    this.#executor.readSwitch();
  }

  /** Restores the limits if settings have changed. After a failure, {@link #retry} does this again. */
  #renewLimits(): void {
    if (!this.#isOpen || !this.#hasOldLimits) return;
    try {
      this.#restoreLimits(this.#writer.ledger());
    } catch (error) {
      this.#writer.failed(error);
    }
  }

  counts(): ResponseCounts {
    return this.#executor.counts();
  }

  /** Stops starting actions, and waits up to a few seconds for running actions to end. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#executor.stop();
    this.#writer.close();
    await this.#executor.drained();
    this.#writer.flush();
    this.#writer.release();
  }

  #retry(): void {
    if (this.#isOpen) {
      this.#writer.flush();
      this.#renewLimits();
    } else this.#begin();
    this.#readOn();
  }

  /** Reads the cursor, and resumes the steps that an earlier process did not complete. */
  #begin(): void {
    try {
      const ledger = this.#writer.ledger();
      this.#executor.reserveIds(ledger.lastId());
      const cursor = this.#journal.position(CURSOR);
      this.#writer.startAt(cursor, cursor === 0 ? (this.#newest ?? this.#journal.last()) : cursor);
      const open = ledger.open().map((step) => ({ step, entry: this.#journal.page(step.seq - 1, 1).alerts[0] }));
      this.#executor.readSwitch();
      this.#restoreLimits(ledger);
      this.#isOpen = true;
      for (const { step, entry } of open) this.#resume(step, entry);
    } catch (error) {
      this.#writer.failed(error);
      return;
    }
    this.#writer.succeeded();
    this.#writer.saveMovedCursor();
    this.#readOn();
  }

  #restoreLimits(ledger: ActionLogWriter): void {
    const since = this.#executor.lookBackTo(this.#responses);
    this.#executor.restore(ledger.askedSince(since), this.#responses, (seq) => this.#alertAt(seq));
    this.#hasOldLimits = false;
  }

  /** Returns an alert of the journal; undefined if it was removed. */
  #alertAt(seq: number): AlertRecord | undefined {
    const [entry] = this.#journal.read(seq - 1, 1);
    return entry?.seq === seq ? alertRecord(entry) : undefined;
  }

  /** Resumes a step that an earlier process did not complete, if its rule and alert still exist. */
  #resume(step: ActionEntry, entry: JournalAlert | undefined): void {
    const executor = this.#executor;
    const ended = this.#now();
    const response = this.#responses.find(({ name }) => name === step.response);
    const wanted = response?.actions[step.place];
    const suspends = wanted?.suspend?.action.name === step.action;
    const action = suspends ? wanted.suspend : wanted;
    const isThere = entry?.seq === step.seq && action?.action.name === step.action;
    const alert = entry?.seq === step.seq ? alertRecord(entry) : undefined;
    if (step.state === "asked")
      executor.end({ ...step, state: "unknown", answer: "Eyas stopped while the action was running", ended }, alert);
    if (!isThere || response === undefined || action === undefined || alert === undefined) {
      const answer = "the rule or the alert no longer exists";
      if (step.state === "waiting") executor.end({ ...step, state: "skipped", why: "gone", answer, ended }, alert);
      return;
    }
    const chain: Chain = { response, alert, seq: step.seq, at: step.place };
    if (suspends) executor.suspendAgain(chain, action, step);
    else if (step.record !== undefined) executor.finish(chain, action, step);
    else if (step.state === "waiting") executor.advance(chain, step);
    else if (action.action.repeatable && step.attempt < MAX_ATTEMPTS && !step.dryRun)
      executor.repeat(chain, action, step);
    else if (action.ignoresErrors && action.continues) {
      chain.at++;
      executor.advance(chain);
    }
  }

  /** Reports a completed step, and creates an Event in the cluster if the response names this notifier. */
  #ended(step: ActionEntry, alert: AlertRecord | undefined): void {
    const notifiers = this.#responses.find(({ name }) => name === step.response)?.notifiers ?? [];
    const reference = { id: alert?.id ?? "", rule: alert?.rule ?? "" };
    this.#report({ kind: "ended", step, alert: reference, notifiers });
    if (alert !== undefined && notifiers.includes(CLUSTER_EVENTS) && isResult(step)) this.#createEvent?.(step, alert);
  }

  /** Evaluates the alerts after the cursor. */
  #readOn(): void {
    if (!this.#isOpen || this.#isClosing || this.#writer.isRetrying) return;
    try {
      const page = this.#journal.page(this.#writer.position, PAGE);
      this.#executor.readSwitch();
      for (const entry of page.alerts) {
        this.#respond(entry);
        this.#writer.position = entry.seq;
      }
      this.#writer.saveCursor();
      if (page.alerts.length > 0) setImmediate(() => this.#readOn()); // a page of long alerts can be shorter than PAGE
    } catch (error) {
      this.#writer.failed(error);
    }
  }

  #respond(entry: JournalAlert): void {
    if (entry.source === INTERNAL_SOURCE && entry.rule.startsWith(REPORT)) return;
    const alert = alertRecord(entry);
    for (const response of this.#responses) {
      if (!matches(response, alert)) continue;
      this.#executor.advance({ response, alert, seq: entry.seq, at: 0 });
      if (!response.continues) break;
    }
  }
}

/** Whether a response applies to an alert. An error in a condition does not affect other responses. */
function matches(response: Response, alert: AlertRecord): boolean {
  try {
    return response.matches(alert);
  } catch {
    return false;
  }
}
