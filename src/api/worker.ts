// Worker that serves the page.
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { AgentResponse, AgentView } from "./agent-view.ts";
import { openPage } from "./open.ts";
import type { PageMessage, PageOrder, PageWorkerData } from "./page-worker.ts";

if (parentPort !== null) await work(parentPort, workerData as PageWorkerData);

async function work(port: MessagePort, data: PageWorkerData): Promise<void> {
  yieldPrecedence();
  let { status, rules } = data;
  let costs: ReadonlyMap<string, number> = new Map();
  let number = 0;
  const wishes = new Map<number, (granted: AgentResponse) => void>();
  const say = (says: PageMessage): void => port.postMessage(says);
  const sensor: AgentView = {
    status: () => status,
    rules: () => rules,
    costs: () => costs,
    request: (wish) =>
      new Promise((resolve) => {
        wishes.set(++number, resolve);
        say({ kind: "wish", number, wish });
      }),
  };
  try {
    const page = await openPage(data.settings, sensor);
    port.on("message", (told: PageOrder) => {
      if (told.kind === "status") ({ status, costs } = told);
      else if (told.kind === "rules") rules = told.rules;
      else if (told.kind === "granted") {
        wishes.get(told.number)?.(told.granted);
        wishes.delete(told.number);
      } else
        void page.close().finally(() => {
          say({ kind: "closed" });
          port.close();
        });
    });
    say({ kind: "open", url: page.url, token: page.token });
  } catch (error) {
    say({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    port.close();
  }
}

/** Resets the scheduling priority of this thread, which inherits the raised priority of the event engine. */
function yieldPrecedence(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_NORMAL); // on Linux, affects this thread only
  } catch {
    // keeps the inherited priority
  }
}
