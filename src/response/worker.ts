// The thread that answers alerts, so that nothing it waits for ever holds up whoever watches events or delivers alerts.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { followJournal } from "../journal/follow.ts";
import { openLedger } from "../journal/ledger.ts";
import type { StepState } from "../journal/step.ts";
import { actions } from "./list.ts";
import { openResponder } from "./responder/responder.ts";
import { readResponses } from "./rule/read.ts";
import type { Response } from "./rule/response.ts";
import type { Answer, Order, ResponseOrders, ThreadData } from "./worker-messages.ts";

/** Milliseconds between two statements of the counts. */
const COUNT = 500;

if (parentPort !== null) await work(parentPort, workerData as ThreadData);

async function work(port: MessagePort, data: ThreadData): Promise<void> {
  const answer = (one: Answer): void => port.postMessage(one);
  const journal = followJournal(data.file);
  let report: ReadonlySet<StepState> = new Set(data.report);
  const responder = openResponder(await responsesOf(data), data.settings, {
    journal,
    openLedger: () => openLedger(data.file),
    tell(news) {
      if (news.kind !== "ended" || report.has(news.step.state)) answer({ kind: "news", news });
    },
    place: data.place,
    root: data.root,
  });
  const count = (): void => answer({ kind: "counts", counts: responder.counts() });
  const timer = setInterval(count, COUNT);
  answer({ kind: "ready" });

  /** Other rules take a moment to read: what comes meanwhile is judged by them, so it waits. */
  let before: Promise<void> | undefined;
  port.on("message", (order: Order) => {
    if (before === undefined && order.kind !== "use" && order.kind !== "close") {
      void obey(order);
      return;
    }
    const mine: Promise<void> = (before ?? Promise.resolve())
      .then(() => obey(order))
      .finally(() => {
        if (before === mine) before = undefined;
      });
    before = mine;
  });

  async function obey(order: Order): Promise<void> {
    switch (order.kind) {
      case "opened":
        return responder.opened(order.last);
      case "kept":
        return responder.kept();
      case "turned":
        journal.reopen();
        return responder.turned();
      case "use":
        report = new Set(order.orders.report);
        return responder.use(await responsesOf(order.orders), order.orders.settings);
      case "close":
        await responder.close();
        clearInterval(timer);
        count();
        journal.close();
        answer({ kind: "closed" });
        port.close();
    }
  }
}

async function responsesOf({ files, shared }: ResponseOrders): Promise<readonly Response[]> {
  const { responses, results } = await readResponses(files, {
    actions,
    environment: process.env,
    strict: true,
    shared,
  });
  const [mistake] = results.flatMap(({ errors }) => errors);
  if (mistake !== undefined) throw new Error(`${mistake.file}:${mistake.line}: ${mistake.message}`);
  return responses;
}
