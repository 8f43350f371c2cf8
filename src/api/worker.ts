// The worker that serves the page.
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { AgentResponse, AgentView, RuleFigures } from "./agent-view.ts";
import { openPage } from "./open.ts";
import { OutputHistory } from "./output-history.ts";
import type { PageMessage, PageOrder, PageWorkerData } from "./page-worker.ts";

/** Milliseconds between reports of closed connections. */
const EVICTED = 60_000;

if (parentPort !== null) await work(parentPort, workerData as PageWorkerData);

async function work(port: MessagePort, data: PageWorkerData): Promise<void> {
  resetPriority();
  let { status, rules } = data;
  let figures: RuleFigures = new Map();
  const history = new OutputHistory(data.history);
  let number = 0;
  const pending = new Map<number, (response: AgentResponse) => void>();
  const post = (message: PageMessage): void => port.postMessage(message);
  const sensor: AgentView = {
    status: () => status,
    rules: () => rules,
    ruleFigures: () => figures,
    outputHistory: (name) => history.of(name),
    request: (request) =>
      new Promise((resolve) => {
        pending.set(++number, resolve);
        post({ kind: "request", number, request });
      }),
    reportUsers: (reason) => post({ kind: "users", reason }),
    reportSilent: (machines) => post({ kind: "silent", machines }),
  };
  try {
    const page = await openPage(data.settings, sensor);
    port.on("message", (order: PageOrder) => {
      if (order.kind === "status") {
        ({ status, figures } = order);
        history.add(status.outputs, Date.now());
      } else if (order.kind === "rules") rules = order.rules;
      else if (order.kind === "audit") page.audit(order.entry);
      else if (order.kind === "response") {
        pending.get(order.number)?.(order.response);
        pending.delete(order.number);
      } else
        void page.close().finally(() => {
          post({ kind: "closed" });
          port.close();
        });
    });
    post({ kind: "open", url: page.url, token: page.token });
    let reported = 0;
    setInterval(() => {
      const connections = page.evicted - reported;
      reported = page.evicted;
      if (connections > 0) post({ kind: "evicted", connections });
    }, EVICTED).unref();
  } catch (error) {
    post({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    port.close();
  }
}

/** Resets the scheduling priority of this thread, which inherits the raised priority of the event engine. */
function resetPriority(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_NORMAL); // on Linux, affects this thread only
  } catch {
    // The worker keeps the inherited priority.
  }
}
