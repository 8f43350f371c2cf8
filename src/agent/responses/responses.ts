import type { Alert } from "../../alert/alert.ts";
import { type InternalEvent, internalAlert } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import { type StepState, stepStates } from "../../journal/step.ts";
import type { UsedBudget } from "../../response/limit/limits.ts";
import {
  REPORT,
  type ReportedAlert,
  type ResponseCounts,
  type ResponseNews,
} from "../../response/responder/responder.ts";
import { rateText } from "../../response/rule/measures.ts";
import type { BrakeSettings } from "../../response/settings.ts";
import { type Answer, type Order, type ResponseOrders, workerUrl } from "../../response/worker-messages.ts";
import type { Priority } from "../../rule/rule.ts";
import type { Log } from "../../telemetry/log.ts";
import { said } from "../../telemetry/said.ts";
import { type Supervised, supervise } from "../../worker/supervise.ts";
import type { Component } from "../component.ts";
import type { JournalListener } from "../delivery/delivery.ts";
import { journalFile } from "../delivery/journal.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { hostRoot } from "../sensor/live.ts";
import { placeOf, type ReadyResponses } from "./response-rules.ts";
import { receivedOf, unguardedWays } from "./unguarded-ways.ts";

/** Answers alerts as rules say, in a thread of its own. */
export interface Responses extends Component {
  /** To be told of the journal. */
  readonly listener: Required<Omit<JournalListener, "held">>;
  /** Undefined where nothing is answered. */
  counts(): ResponseCounts | undefined;
  /** Whether alerts are answered: then they must not wait for others. */
  readonly isOn: boolean;
  apply(next: Pick<Loaded, "config" | "responses">): void;
  /** Asks for nothing any more, and waits a while for what is under way. */
  close(): Promise<void>;
}

/** Milliseconds that the worker gets to close: longer than actions get that are under way. */
const CLOSE_TIMEOUT = 8000;

interface ResponsesOptions {
  readonly hostname: string;
  /** What is watched happened long ago: nothing is done about it, all is said. */
  readonly past: boolean;
  /** Takes alerts about responses. */
  readonly raise: (alert: Alert) => void;
  readonly log: Log;
}

export function openResponses(first: Pick<Loaded, "config" | "responses">, options: ResponsesOptions): Responses {
  const { hostname, past, raise, log } = options;
  let { config, responses: ready } = first;
  let counts: ResponseCounts | undefined;
  /** Whether the journal is ours, and after which alert answering begins in one that was not answered from before. */
  let isOpen = false;
  let last: number | undefined;
  let worker: Supervised<Order> | undefined;
  let warned: ReadonlySet<string> = new Set();
  start();

  function orders(files: ReadyResponses["files"]): ResponseOrders {
    return { files, shared: config.responses.parameters, settings: brakesOf(config, past), report: reported(config) };
  }

  function start(): void {
    if (ready === undefined) return;
    const base = { file: journalFile(config.journal), place: placeOf(config, hostname), root: hostRoot };
    worker = supervise<Order, Answer>({
      url: workerUrl,
      data: () => ({ ...base, ...orders(ready?.files ?? []) }),
      heard,
      broke: (reason) => log(said.answeringStopped(reason)),
      restarted: tellOpened,
      closeTimeout: CLOSE_TIMEOUT,
    });
    tellOpened();
    log(said.answering(ready.responses.length));
    warn(config, ready);
  }

  function tellOpened(): void {
    if (isOpen) worker?.order({ kind: "opened", last });
  }

  /** Says once of each way in that what comes through it has things done, and nobody knows who sent it. */
  function warn(wanted: Config, { responses }: ReadyResponses): void {
    for (const each of unguardedWays(wanted, responses))
      if (!warned.has(each.where)) log(said.answersAnybody(each.where, each.actions, each.mend));
    warned = new Set(unguardedWays(wanted, responses).map(({ where }) => where));
  }

  function heard(answer: Exclude<Answer, { kind: "closed" }>): void {
    if (answer.kind === "news") tell(answer.news);
    else if (answer.kind === "counts") {
      if (answer.counts.paused !== (counts?.paused ?? false))
        log(answer.counts.paused ? said.responsesPaused() : said.responsesResumed());
      counts = answer.counts;
    }
  }

  function tell(news: ResponseNews): void {
    if (news.kind === "trouble") log(said.notAnswered(news.reason));
    else if (news.kind === "recovered") log(said.answeredAgain());
    else {
      const event = news.kind === "budget" ? budgetEvent(news.budget) : stepEvent(news.step, news.alert);
      raise(internalAlert(event, BigInt(Date.now()) * 1_000_000n, alertOptions(config, hostname)));
    }
  }

  return {
    listener: {
      opened(newest) {
        if (!isOpen && worker !== undefined) last = newest;
        isOpen = true;
        tellOpened();
      },
      kept: () => void worker?.order({ kind: "kept" }),
      turned: () => void worker?.order({ kind: "turned" }),
    },
    counts: () => counts,
    get isOn() {
      return ready !== undefined;
    },
    apply({ config: next, responses: nextReady }) {
      if (nextReady !== undefined && ready !== undefined) warn(next, nextReady);
      config = next;
      ready = nextReady;
      if (worker === undefined) start();
      else worker.order({ kind: "use", orders: orders(ready?.files ?? []) });
    },
    close: async () => worker?.close({ kind: "close" }),
  };
}

/** The brakes as the configuration has them. */
export function brakesOf(config: Config, past: boolean): BrakeSettings {
  const { responses } = config;
  const { max_age: maxAge, cooldown, timeout, concurrency, budget, never } = responses;
  return {
    dryRun: responses.dry_run || past,
    paused: responses.paused,
    // Recordings are as old as they are.
    maxAge: past ? 0 : maxAge,
    ...{ cooldown, timeout, concurrency, budget, never },
    received: receivedOf(config),
  };
}

function reported({ responses }: Config): readonly StepState[] {
  return stepStates.filter((state) => responses.report.includes(state));
}

type Ended = Extract<ResponseNews, { readonly kind: "ended" }>["step"];

const severity: Readonly<Partial<Record<StepState, Priority>>> = {
  done: "Notice",
  failed: "Error",
  unknown: "Warning",
};

const words: Readonly<Partial<Record<StepState, string>>> = {
  done: "was done",
  failed: "failed",
  unknown: "was asked for, and it is not known whether it was done,",
  skipped: "was not done",
};

function stepEvent(step: Ended, alert: ReportedAlert): InternalEvent {
  const { action, response, target, state, why, answer, asked, ended } = step;
  const to = target === undefined ? "" : ` to ${target}`;
  return {
    rule: `${REPORT} ${state}`,
    priority: severity[state] ?? "Informational",
    message: `${action}${to} ${words[state] ?? state} because of "${alert.rule}": ${answer ?? ""}`,
    fields: {
      "eyas.response": response,
      "eyas.response.action": action,
      "eyas.response.outcome": state,
      ...(target !== undefined && { "eyas.response.target": target }),
      ...(why !== undefined && { "eyas.response.why": why }),
      ...(answer !== undefined && { "eyas.response.answer": answer }),
      ...(asked !== undefined && ended !== undefined && { "eyas.response.milliseconds": ended - asked }),
      "eyas.response.key": step.key,
      "eyas.response.alert": alert.id,
      "eyas.response.rule": alert.rule,
    },
  };
}

function budgetEvent({ of, rate, until }: UsedBudget): InternalEvent {
  const again = Number.isFinite(until) ? ` There is room again at ${new Date(until).toISOString()}.` : "";
  return {
    rule: `${REPORT} budget used up`,
    priority: "Critical",
    message: `The budget of ${of}, ${rateText(rate)}, is used up: what is beyond is not done.${again}`,
    fields: { "eyas.response.budget": of, "eyas.response.rate": rateText(rate) },
  };
}
