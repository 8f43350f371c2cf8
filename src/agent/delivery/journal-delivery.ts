import type { Alert } from "../../alert/alert.ts";
import type { Config } from "../../config/load.ts";
import type { DeliveryNews } from "../../delivery/courier.ts";
import type { OutputCounts } from "../../delivery/lane.ts";
import { type Answer, type Order, type Wishes, workerUrl } from "../../delivery/thread.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Log } from "../../telemetry/log.ts";
import { said, type Word } from "../../telemetry/said.ts";
import { supervise } from "../../worker/supervise.ts";
import { Failure } from "../failure.ts";
import { alertOptions } from "../load/ready-rules.ts";
import { hasColors } from "./color.ts";
import type { Delivery, JournalListener } from "./delivery.ts";
import { configuredJournal, journalFile } from "./journal.ts";

/** Alerts that may wait for the disk; beyond that the events wait too. */
const MOST_WAITING = 20_000;
/** Milliseconds that the worker gets to close: longer than outputs get for what is under way. */
const CLOSE_TIMEOUT = 8000;

/** Why alerts are not kept, where the reason is no trouble of the disk's: then they are not written to stderr in its place. */
const ARRANGED: ReadonlySet<string> = new Set(["held", "denied", "foreign"]);

/**
 * Keeps alerts in the journal; a thread of its own brings them from there to the outputs. What can't be kept is handed to the
 * outputs from memory.
 * @throws Failure where an output can't be opened
 */
export async function deliveryFromJournal(
  first: Config,
  log: Log,
  over: () => void,
  alsoTold: JournalListener = {},
): Promise<Delivery> {
  const file = journalFile(first.journal);
  let counts: readonly OutputCounts[] = [];
  let isOver = false;
  let waiting = 0;
  let tail = Promise.resolve();
  const ready = Promise.withResolvers<void>();
  let journal: Journal | undefined;
  let wishes = wishesOf(first);
  let opened: number | undefined;

  async function heard(answer: Exclude<Answer, { kind: "closed" }>): Promise<void> {
    if (answer.kind === "ready") ready.resolve();
    else if (answer.kind === "failed") {
      log(said.outputsNotOpened(answer.reason));
      ready.reject(new Failure(`An output can't be opened: ${answer.reason}`));
    } else if (answer.kind === "news") {
      const { news } = answer;
      log(wordFor(news));
      if (news.kind === "held" && news.isNew) alsoTold.held?.(news.output, news.reason);
    } else if (answer.kind === "counts") counts = answer.counts;
    else if (answer.kind === "record") {
      const done = (await journal?.record(answer.progress)) ?? false;
      worker.order({ kind: "recorded", done });
    } else {
      isOver = true;
      over();
    }
  }

  const worker = supervise<Order, Answer>({
    url: workerUrl,
    data: () => ({ file, newOutputs: first.journal.new_outputs, ...wishes }),
    heard: (answer) => void heard(answer),
    broke(reason) {
      ready.reject(new Failure(`Alerts can't be delivered: ${reason}`));
      log(said.deliveryStopped(reason));
    },
    restarted() {
      if (opened !== undefined) worker.order({ kind: "opened", last: opened });
    },
    closeTimeout: CLOSE_TIMEOUT,
  });

  try {
    await ready.promise;
  } catch (error) {
    worker.end();
    throw error;
  }
  journal = configuredJournal(first.journal, log, {
    opened(last) {
      opened ??= last;
      worker.order({ kind: "opened", last: opened });
      alsoTold.opened?.(opened);
    },
    turned() {
      worker.order({ kind: "turned" });
      alsoTold.turned?.();
    },
  });
  const keeping = journal;

  async function settle(kept: ReturnType<Journal["keep"]>, batch: readonly Alert[]): Promise<void> {
    const answer = await kept;
    waiting -= batch.length;
    if ("ids" in answer) {
      alsoTold.kept?.();
      worker.order({ kind: "kept" });
      return;
    }
    if (!ARRANGED.has(answer.fault)) process.stderr.write(batch.map(({ json }) => `${json}\n`).join(""));
    worker.order({ kind: "add", alerts: batch.map(plain) });
  }

  return {
    get lost() {
      return new Map(counts.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost]));
    },
    get over() {
      return isOver;
    },
    outputs: () => counts,
    journal: () => keeping.counts(),
    async deliver(batch) {
      waiting += batch.length;
      const settled = settle(keeping.keep(batch), batch);
      tail = Promise.all([tail, settled]).then(() => {});
      if (waiting > MOST_WAITING) await settled;
    },
    async keep(batch) {
      const kept = await keeping.keep(batch);
      if ("fault" in kept) return kept.fault;
      alsoTold.kept?.();
      worker.order({ kind: "kept" });
      return undefined;
    },
    kept: () => tail,
    reopen: () => void worker.order({ kind: "reopen" }),
    async apply({ config }) {
      await tail;
      wishes = wishesOf(config);
      worker.order({ kind: "replace", wishes });
    },
    async close() {
      await tail;
      await worker.close({ kind: "close" });
      await keeping.close();
    },
  };
}

function wishesOf(config: Config): Wishes {
  const { json_output, stdout_output, syslog_output, file_output, http_output, program_output, outputs } = config;
  return {
    settings: { json_output, stdout_output, syslog_output, file_output, http_output, program_output, outputs },
    alerts: alertOptions(config, ""),
    colored: hasColors(),
    terminal: process.stdout.isTTY === true,
  };
}

/** An alert without what can't be sent to a thread. */
function plain({ rule, priority, source, tags, time, message, text, json, parts }: Alert): Alert {
  return { rule, priority, source, tags, time, message, text, json, ...(parts && { parts: { ...parts } }) };
}

function wordFor(news: DeliveryNews): Word {
  if (news.kind === "recovered") return said.deliveredAgain(news.output);
  if (news.kind === "behind") return said.behind(news.output, news.alerts);
  if (news.kind === "held") return said.heldBack(news.output, news.reason);
  if (news.kind === "remark") return said.remarkOn(news.output, news.reason);
  if (news.kind === "lost") return said.lostFor(news.output, news.alerts, news.reason);
  return news.kind === "refused"
    ? said.refusedBy(news.output, news.reason)
    : said.notDelivered(news.output, news.reason);
}
