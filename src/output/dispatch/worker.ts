// The dispatcher's worker. It keeps slow receivers and terminals from blocking the engine.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { trimRegularly } from "../../worker/trim.ts";
import { coloredText } from "../colored.ts";
import { asText, type Output, reasonOf } from "../output.ts";
import { openOutputs } from "../outputs.ts";
import { laidOutLine } from "../terminal/layout.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type JournalSource, journalSource } from "./journal-source.ts";
import type { DispatcherCommand, DispatcherData, DispatcherMessage, DispatcherSettings } from "./messages.ts";

/** Delay before reading the journal again after an error, in milliseconds. */
const READ_RETRY = 1000;
/** Interval between reports of the counts, in milliseconds. */
const COUNT_INTERVAL = 500;

if (parentPort !== null) await work(parentPort, workerData as DispatcherData);

async function work(port: MessagePort, data: DispatcherData): Promise<void> {
  const answer = (one: DispatcherMessage): void => port.postMessage(one);
  let outputs: Output[];
  try {
    outputs = await openAs(data);
  } catch (error) {
    answer({ kind: "failed", reason: reasonOf(error) });
    return;
  }
  const source = journalSource(data.file, data.alerts);
  const recorded: ((done: boolean) => void)[] = [];
  const dispatcher = new Dispatcher(outputs, {
    journal: {
      source,
      newOutputs: data.newOutputs,
      presentOnly: new Set(data.terminal ? ["stdout"] : []),
      record(progress) {
        answer({ kind: "record", progress });
        return new Promise((resolve) => recorded.push(resolve));
      },
    },
    waitFor: "none",
    queues: data.settings,
    report: (event) => answer({ kind: "event", event }),
    ended: () => answer({ kind: "ended" }),
  });
  const count = (): void => answer({ kind: "counts", counts: dispatcher.counts() });
  const timer = setInterval(count, COUNT_INTERVAL);
  trimRegularly();
  count();
  answer({ kind: "ready" });
  port.on("message", async (order: DispatcherCommand) => {
    if (order.kind === "recorded") recorded.shift()?.(order.done);
    else await run(order, dispatcher, source, answer);
    if (order.kind === "replace") count();
    if (order.kind !== "close") return;
    clearInterval(timer);
    count();
    source.close();
    answer({ kind: "closed" });
    port.close();
  });
}

async function run(
  order: Exclude<DispatcherCommand, { kind: "recorded" }>,
  dispatcher: Dispatcher,
  source: JournalSource,
  answer: (one: DispatcherMessage) => void,
): Promise<void> {
  switch (order.kind) {
    case "opened":
      return begin(order.newest, dispatcher, answer);
    case "wake":
      return dispatcher.wake();
    case "journal replaced":
      return source.reopen();
    case "add":
      return dispatcher.add(order.alerts, order.after);
    case "reopen":
      return dispatcher.reopen();
    case "accepted":
      return dispatcher.accepted(order.output);
    case "replace":
      try {
        const replaced = dispatcher.replace(await openAs(order.setup), order.setup.alerts, order.setup.settings);
        await dispatcher.stored();
        answer({ kind: "started" });
        return await replaced;
      } catch (error) {
        answer({ kind: "failed", reason: reasonOf(error) });
        return answer({ kind: "started" }); // the previous outputs stay open
      }
    case "close":
      return dispatcher.close();
  }
}

/**
 * Starts reading the journal. Retries if the journal cannot be read, for example while a damaged journal is being
 * replaced.
 */
function begin(newest: number, dispatcher: Dispatcher, answer: (one: DispatcherMessage) => void): void {
  try {
    dispatcher.opened(newest);
    void dispatcher.stored().then(() => answer({ kind: "started" }));
  } catch (error) {
    answer({ kind: "event", event: { kind: "failing", output: "any output", reason: reasonOf(error) } });
    setTimeout(begin, READ_RETRY, newest, dispatcher, answer);
  }
}

function openAs({ settings, colored, columns }: DispatcherSettings): Promise<Output[]> {
  if (columns !== undefined)
    return openOutputs(
      settings,
      laidOutLine(() => Atomics.load(columns, 0)),
    );
  return openOutputs(settings, colored ? coloredText : asText);
}
