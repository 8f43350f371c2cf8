import type { Alert } from "../alert/alert.ts";
import { defaultJournal, type Journal, type News, openJournal } from "../alert/journal/journal.ts";
import type { Config } from "../config/load.ts";
import type { Log } from "../telemetry/log.ts";
import { said } from "../telemetry/said.ts";
import type { Delivery } from "./delivery.ts";

/** Where the configuration has the journal. */
export function journalFile({ path }: Config["journal"]): string {
  return path === "" ? defaultJournal() : path;
}

/** Alerts that may wait for the disk; beyond that the events wait too. */
const MOST_WAITING = 20_000;

/** Why alerts are not kept, where the reason is no trouble of the disk's: then they are not written to stderr in its place. */
const ARRANGED: ReadonlySet<string> = new Set(["held", "denied", "foreign"]);

/** Delivers alerts when they are in the journal, where there is to be one. Watching goes on whatever becomes of it. */
export function keptFirst(delivery: Delivery, config: Config["journal"], log: Log): Delivery {
  return config.enabled ? afterJournal(delivery, configuredJournal(config, log)) : delivery;
}

/** The journal as the configuration wants it, whether it is switched on or not. */
export function configuredJournal(config: Config["journal"], log: Log): Journal {
  const file = journalFile(config);
  const limits = { maxAge: config.max_age, maxSize: config.max_size };
  return openJournal({ file, limits }, (news) => tell(news, file, log));
}

function afterJournal(delivery: Delivery, journal: Journal): Delivery {
  let tail = Promise.resolve();
  let waiting = 0;

  async function keepThenDeliver(kept: ReturnType<Journal["keep"]>, batch: readonly Alert[]): Promise<void> {
    const answer = await kept;
    if ("ids" in answer) for (const [i, alert] of batch.entries()) alert.id = answer.ids[i];
    else if (!ARRANGED.has(answer.fault)) process.stderr.write(batch.map(({ json }) => `${json}\n`).join(""));
    await delivery.deliver(batch);
    waiting -= batch.length;
  }

  function then<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work);
    tail = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  return {
    get lost() {
      return delivery.lost;
    },
    get over() {
      return delivery.over;
    },
    outputs: () => delivery.outputs(),
    journal: () => journal.counts(),
    async deliver(batch) {
      const kept = journal.keep(batch);
      waiting += batch.length;
      const done = then(() => keepThenDeliver(kept, batch));
      if (waiting > MOST_WAITING) await done;
    },
    reopen: () => delivery.reopen(),
    replace: (outputs) => then(() => delivery.replace(outputs)),
    async close() {
      await tail;
      await journal.close();
      await delivery.close();
    },
  };
}

function tell(news: News, file: string, log: Log): void {
  if (news.kind === "stopped") log(said.journalStopped(file, news.fault, news.reason));
  else if (news.kind === "resumed") log(said.journalResumed(news.missed));
  else log(said.journalDamaged(file, news.reason, news.aside, news.saved, news.whole));
}
