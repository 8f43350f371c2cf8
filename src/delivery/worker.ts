// The thread that delivers, so that no receiver and no terminal ever holds up whoever watches events.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { coloredText } from "../output/colored.ts";
import { asText, type Output, reasonOf } from "../output/output.ts";
import { openOutputs } from "../output/outputs.ts";
import { openCourier } from "./courier.ts";
import { openPages } from "./pages.ts";
import type { Answer, Order, ThreadData, Wishes } from "./thread.ts";

/** Milliseconds until the journal is read again after that failed. */
const AGAIN = 1000;
/** Milliseconds between two statements of the counts. */
const COUNT = 500;

if (parentPort !== null) await work(parentPort, workerData as ThreadData);

async function work(port: MessagePort, data: ThreadData): Promise<void> {
  const answer = (one: Answer): void => port.postMessage(one);
  const recorded: ((done: boolean) => void)[] = [];
  const pages = openPages(data.file, data.alerts);
  let outputs: Output[];
  try {
    outputs = await openAs(data);
  } catch (error) {
    answer({ kind: "failed", reason: reasonOf(error) });
    return;
  }
  const courier = openCourier(outputs, {
    pages,
    newOutputs: data.newOutputs,
    presentOnly: new Set(data.terminal ? ["stdout"] : []),
    tell: (news) => answer({ kind: "news", news }),
    record(progress) {
      answer({ kind: "record", progress });
      return new Promise((resolve) => recorded.push(resolve));
    },
    over: () => answer({ kind: "over" }),
  });
  const count = (): void => answer({ kind: "counts", counts: courier.counts() });
  const timer = setInterval(count, COUNT);
  count();
  answer({ kind: "ready" });

  /** Reading may fail in a bad moment, such as while the journal is set aside. */
  function begin(last: number): void {
    try {
      courier.opened(last);
    } catch (error) {
      answer({ kind: "news", news: { kind: "trouble", output: "any output", reason: reasonOf(error) } });
      setTimeout(begin, AGAIN, last);
    }
  }

  port.on("message", async (order: Order) => {
    switch (order.kind) {
      case "opened":
        return begin(order.last);
      case "kept":
        return courier.kept();
      case "turned":
        return pages.turn();
      case "add":
        return courier.add(order.alerts);
      case "reopen":
        return courier.reopen();
      case "recorded":
        return recorded.shift()?.(order.done);
      case "replace":
        try {
          await courier.replace(await openAs(order.wishes), order.wishes.alerts);
        } catch (error) {
          answer({ kind: "failed", reason: reasonOf(error) });
        }
        return count();
      case "close":
        await courier.close();
        clearInterval(timer);
        count();
        pages.close();
        answer({ kind: "closed" });
        port.close();
    }
  });
}

function openAs({ settings, colored }: Wishes): Promise<Output[]> {
  return openOutputs(settings, colored ? coloredText : asText);
}
