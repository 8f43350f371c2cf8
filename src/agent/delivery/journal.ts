import type { InternalEvent } from "../../alert/internal.ts";
import type { Config } from "../../config/load.ts";
import { defaultJournal, type Journal, type JournalSettings, type News, openJournal } from "../../journal/journal.ts";
import type { Log } from "../../telemetry/log.ts";
import { noticeEvent, noticeLine } from "./journal-notices.ts";

/** Returns the configured or default path of the journal. */
export function journalFile({ path }: Config["journal"]): string {
  return path === "" ? defaultJournal() : path;
}

/** Returns the configured limits of the journal. */
export function limitsOf({ max_age, max_size }: Config["journal"]): JournalSettings["limits"] {
  return { maxAge: max_age, maxSize: max_size };
}

/** Opens the configured journal, even if it is disabled. */
export function configuredJournal(config: Config["journal"], log: Log, watch: JournalHooks = {}): Journal {
  const file = journalFile(config);
  const limits = limitsOf(config);
  const report = (news: News): void => {
    log(noticeLine(news, file));
    const event = noticeEvent(news, file);
    if (event !== undefined) watch.noticed?.(event);
    if (news.kind === "replaced") watch.replaced?.();
    if (news.kind === "stopped") watch.state?.(`${file}: ${news.reason}`);
    else if (news.kind === "resumed") watch.state?.(undefined);
  };
  return openJournal({ file, limits }, report, (last) => {
    watch.state?.(undefined);
    watch.opened?.(last);
  });
}

/** Callbacks for events of the journal. */
export interface JournalHooks {
  /**
   * Called when the journal is open for writing. `last` is the sequence number of the newest alert from earlier
   * processes.
   */
  opened?(last: number): void;
  /** Called when the journal starts to work (`fault` is undefined), or stops working because of `fault`. */
  state?(fault: string | undefined): void;
  /** Called after a new journal file replaced a damaged or removed one. */
  replaced?(): void;
  /** Called with an event of the journal that must raise an alert. */
  noticed?(event: InternalEvent): void;
}
