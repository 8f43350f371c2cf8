import type { Alert } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import { type ActionState, actionStates } from "../../journal/action-entry.ts";
import type { ResponderEvent, ResponseCounts } from "../../response/responder/events.ts";
import type { LimitSettings } from "../../response/settings.ts";
import { type Answer, type Order, type ResponderConfig, workerUrl } from "../../response/worker-messages.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { type Supervised, supervise } from "../../worker/supervise.ts";
import type { Component } from "../component.ts";
import type { JournalListener } from "../delivery/delivery.ts";
import { journalFile } from "../delivery/journal.ts";
import type { Loaded } from "../load/load.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { hostRoot } from "../sensor/host-root.ts";
import { budgetEvent, stepEvent } from "./response-alerts.ts";
import { actionHost, type LoadedResponses } from "./response-rules.ts";
import { receivedSetting, unauthenticatedSenders } from "./unauthenticated-senders.ts";

/** Runs response rules in a worker. */
export interface Responses extends Component {
  /** Callbacks for events of the journal, which the worker needs. */
  readonly listener: Required<Omit<JournalListener, "blocked" | "state" | "noticed">>;
  /** Returns the counters and state of responses; undefined until the first report of the worker. */
  counts(): ResponseCounts | undefined;
  /** Whether there are response rules, in which case alerts are written to the journal without buffering. */
  readonly isEnabled: boolean;
  apply(next: Pick<Loaded, "config" | "responses">): void;
  /** Stops starting actions, and waits up to a few seconds for running actions to end. */
  close(): Promise<void>;
}

/** Time for the worker to close, in milliseconds. Longer than the time in which running actions must end. */
const CLOSE_TIMEOUT = 8000;

interface ResponsesOptions {
  readonly hostname: string;
  /** Whether events are replayed from a capture. All actions are dry runs in a replay. */
  readonly past: boolean;
  /** Called with each alert about responses. */
  readonly raise: (alert: Alert) => void;
  readonly log: Log;
}

export function openResponses(first: Pick<Loaded, "config" | "responses">, options: ResponsesOptions): Responses {
  const { hostname, past, raise, log } = options;
  let { config, responses: ready } = first;
  let counts: ResponseCounts | undefined;
  /** Whether the journal is open, and the sequence number after which responses start if no cursor is stored. */
  let isOpen = false;
  let last: number | undefined;
  let worker: Supervised<Order> | undefined;
  let warned: ReadonlySet<string> = new Set();
  start();

  function workerConfig(files: LoadedResponses["files"]): ResponderConfig {
    return {
      files,
      shared: config.responses.parameters,
      notifiers: config.responses.notifiers,
      settings: limitSettings(config, past),
      report: reported(config),
    };
  }

  function start(): void {
    if (ready === undefined) return;
    const base = { file: journalFile(config.journal), host: actionHost(config, hostname), root: hostRoot };
    worker = supervise<Order, Answer>({
      url: workerUrl,
      data: () => ({ ...base, ...workerConfig(ready?.files ?? []) }),
      onMessage: receive,
      onFailure: (reason) => log(logLines.responderStopped(reason)),
      onRestart: sendOpened,
      closeTimeout: CLOSE_TIMEOUT,
    });
    sendOpened();
    log(logLines.responding(ready.responses.length));
    warn(config, ready);
  }

  function sendOpened(): void {
    if (isOpen) worker?.send({ kind: "opened", last });
  }

  /** Logs a warning, once for each endpoint, if unauthenticated senders can trigger actions through that endpoint. */
  function warn(wanted: Config, { responses }: LoadedResponses): void {
    const senders = unauthenticatedSenders(wanted, responses);
    for (const { where, actions, remedy } of senders)
      if (!warned.has(where)) log(logLines.actionsUnauthenticated(where, actions, remedy));
    warned = new Set(senders.map(({ where }) => where));
  }

  function receive(answer: Exclude<Answer, { kind: "closed" }>): void {
    if (answer.kind === "event") handle(answer.event);
    else if (answer.kind === "counts") {
      if (answer.counts.paused !== (counts?.paused ?? false))
        log(answer.counts.paused ? logLines.responsesPaused() : logLines.responsesResumed());
      counts = answer.counts;
    }
  }

  function handle(event: ResponderEvent): void {
    if (event.kind === "trouble") log(logLines.respondingFailed(event.reason));
    else if (event.kind === "recovered") log(logLines.respondingRecovered());
    else if (event.kind === "unnotified") log(logLines.clusterNotNotified(event.reason));
    else if (event.kind === "notified") log(logLines.clusterNotified());
    else {
      const raised =
        event.kind === "budget"
          ? budgetEvent(event.budget, event.suspends)
          : stepEvent(event.step, event.alert, event.notifiers);
      raise(internalAlert(raised, BigInt(Date.now()) * 1_000_000n, alertOptions(config, hostname)));
    }
  }

  return {
    listener: {
      opened(newest) {
        if (!isOpen && worker !== undefined) last = newest;
        isOpen = true;
        sendOpened();
      },
      stored: () => void worker?.send({ kind: "appended" }),
      replaced: () => void worker?.send({ kind: "replaced" }),
    },
    counts: () => counts,
    get isEnabled() {
      return ready !== undefined;
    },
    apply({ config: next, responses: nextReady }) {
      if (nextReady !== undefined && ready !== undefined) warn(next, nextReady);
      config = next;
      ready = nextReady;
      if (worker === undefined) start();
      else worker.send({ kind: "use", config: workerConfig(ready?.files ?? []) });
    },
    close: async () => worker?.close({ kind: "close" }),
  };
}

/** The configured limits of responses. */
export function limitSettings(config: Config, past: boolean): LimitSettings {
  const { responses } = config;
  const { max_age: maxAge, cooldown, timeout, concurrency, budget, never } = responses;
  return {
    dryRun: responses.dry_run || past,
    paused: responses.paused,
    maxAge: past ? 0 : maxAge,
    ...{ cooldown, timeout, concurrency, budget, never },
    shares: {
      workload: budget.workload_share / 100,
      subject: budget.subject_share / 100,
      reserve: budget.priority_reserve / 100,
    },
    whenExhausted: budget.when_exhausted,
    received: receivedSetting(config),
  };
}

function reported({ responses }: Config): readonly ActionState[] {
  return actionStates.filter((state) => responses.report.includes(state));
}
