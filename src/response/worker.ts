// The worker that runs responses, so that slow actions do not delay event processing or the delivery of alerts.
import { setTimeout as sleep } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { ActionState } from "../journal/action-entry.ts";
import { openActionLogWriter } from "../journal/action-log-writer.ts";
import { followJournal } from "../journal/follow.ts";
import { actions } from "./list.ts";
import { type ClusterEventOptions, ClusterEvents } from "./notifier/cluster-events.ts";
import { CLUSTER_EVENTS } from "./notifier/list.ts";
import { isResult } from "./notifier/result.ts";
import type { ResponderEvent } from "./responder/events.ts";
import { Responder } from "./responder/responder.ts";
import { readResponses } from "./rule/read.ts";
import type { Response } from "./rule/response.ts";
import type { Answer, Order, ResponderConfig, WorkerData } from "./worker-messages.ts";

/** Interval between messages with counters, in milliseconds. */
const COUNTS_INTERVAL = 500;
/** Time to wait for cluster Events on close, in milliseconds. */
const EVENTS_TIMEOUT = 1000;

if (parentPort !== null) await work(parentPort, workerData as WorkerData);

async function work(port: MessagePort, data: WorkerData): Promise<void> {
  const send = (answer: Answer): void => port.postMessage(answer);
  const journal = followJournal(data.file);
  let reported: ReadonlySet<ActionState> = new Set(data.report);
  const events = new ClusterEvents(clusterOptions(data));
  const responder = new Responder(await responsesOf(data), data.settings, {
    journal,
    openLedger: () => openActionLogWriter(data.file),
    report(event) {
      if (event.kind !== "ended" || reported.has(event.step.state) || isNotified(event)) send({ kind: "event", event });
    },
    createEvent: (step, alert) => events.notify(step, alert),
    host: data.host,
    root: data.root,
  });
  const sendCounts = (): void => send({ kind: "counts", counts: responder.counts() });
  const timer = setInterval(sendCounts, COUNTS_INTERVAL);
  send({ kind: "ready" });

  /**
   * Resolves when the last order is complete. Reading rules is asynchronous; later orders wait for it, so that later
   * alerts are evaluated with the new rules.
   */
  let previous: Promise<void> | undefined;
  port.on("message", (order: Order) => {
    if (previous === undefined && order.kind !== "use" && order.kind !== "close") {
      void execute(order);
      return;
    }
    const current: Promise<void> = (previous ?? Promise.resolve())
      .then(() => execute(order))
      .finally(() => {
        if (previous === current) previous = undefined;
      });
    previous = current;
  });

  function clusterOptions({ shared, settings }: ResponderConfig): ClusterEventOptions {
    return {
      shared,
      hostname: data.host.hostname,
      timeout: settings.timeout,
      failed: (reason) => send({ kind: "event", event: { kind: "unnotified", reason } }),
      recovered: () => send({ kind: "event", event: { kind: "notified" } }),
    };
  }

  async function execute(order: Order): Promise<void> {
    switch (order.kind) {
      case "opened":
        return responder.opened(order.last);
      case "appended":
        return responder.appended();
      case "replaced":
        journal.reopen();
        return responder.replaced();
      case "use":
        reported = new Set(order.config.report);
        events.options = clusterOptions(order.config);
        return responder.use(await responsesOf(order.config), order.config.settings);
      case "close":
        await responder.close();
        await Promise.race([events.settled(), sleep(EVENTS_TIMEOUT)]);
        clearInterval(timer);
        sendCounts();
        journal.close();
        send({ kind: "closed" });
        port.close();
    }
  }
}

/** Whether the rule names outputs as notifiers and the step has a result for them. */
function isNotified({ step, notifiers }: Extract<ResponderEvent, { kind: "ended" }>): boolean {
  return notifiers.some((name) => name !== CLUSTER_EVENTS) && isResult(step);
}

async function responsesOf({ files, shared, notifiers }: ResponderConfig): Promise<readonly Response[]> {
  const { responses, results } = await readResponses(files, {
    actions,
    environment: process.env,
    strict: true,
    shared,
    notifiers,
  });
  const [error] = results.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new Error(`${error.file}:${error.line}: ${error.message}`);
  return responses;
}
