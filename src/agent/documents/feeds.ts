import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import { defaultJournal } from "../../journal/default-path.ts";
import type { SourceSettings } from "../../source/descriptor.ts";
import { closeAll } from "../../source/feed.ts";
import type { Attribution } from "../../source/file-integrity/attribution.ts";
import { isLoopback } from "../../source/origin/address.ts";
import { type FeedContext, FeedError, type FeedRequest, type OpenFeed } from "../../source/origin/descriptor.ts";
import { type Origin, originDescriptor } from "../../source/origin/parse.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { visible } from "../../telemetry/visible.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";

/** A configured feed, with the settings of its source. */
export type ConfiguredFeed = FeedRequest<Origin, SourceSettings>;

/**
 * Opens all feeds. If one cannot be opened, closes the others.
 * @returns the feeds in the order of `requests`
 * @throws Failure
 */
export async function openFeeds(
  requests: readonly ConfiguredFeed[],
  config: Config,
  log: Log,
  machine: { readonly hostRoot?: string; readonly attribution?: Attribution | undefined } = {},
): Promise<readonly OpenFeed[]> {
  const context: FeedContext = {
    ...machine,
    state: dirname(journalFile(config.journal)),
    note: (sentence) => log(logLines.sourceNote(visible(sentence))),
    positions: positionsFile(config),
    warn: (sentence, source) =>
      log(source === undefined ? logLines.filesWarning(visible(sentence)) : logLines.eventsRejected(source, sentence)),
  };
  const open = new Map<ConfiguredFeed, OpenFeed>();
  try {
    for (const [descriptor, same] of Map.groupBy(requests, ({ origin }) => originDescriptor(origin))) {
      const feeds = await descriptor.open(same, context);
      for (const [i, request] of same.entries()) {
        const feed = feeds[i];
        if (feed !== undefined) open.set(request, withTroubleLogged(feed, request.source, log));
      }
    }
  } catch (error) {
    await closeAll([...open.values()]);
    throw error instanceof FeedError ? new Failure(error.message) : error;
  }
  for (const { source, origin, settings } of requests)
    if (isOpenToOthers(origin, settings)) log(logLines.sourceUnauthenticated(source, origin.text));
  return requests.flatMap((request) => open.get(request) ?? []);
}

/** Path of the file that stores the position in each log file. */
export function positionsFile(config: Config): string {
  return config.sources.positions || join(dirname(defaultJournal()), "positions.json");
}

/** Whether other machines can send events to this origin without authentication. */
function isOpenToOthers(origin: Origin, settings: SourceSettings): boolean {
  if (!("host" in origin) || isLoopback(origin.host)) return false;
  return originDescriptor(origin).missingAuthentication(origin, settings) !== undefined;
}

/** Interval between checks of whether a feed can receive events, in milliseconds. */
const LOOK = 1000;

/** Logs each time a feed goes down or recovers. */
function withTroubleLogged(feed: OpenFeed, source: string, log: Log): OpenFeed {
  const { counts } = feed;
  let known: string | undefined;
  const timer = setInterval(() => {
    const { trouble } = counts;
    if (trouble === known) return;
    known = trouble;
    log(
      trouble === undefined
        ? logLines.feedRecovered(source, counts.from)
        : logLines.feedDown(source, counts.from, visible(trouble)),
    );
  }, LOOK).unref();
  return {
    counts,
    ...(feed.url !== undefined && { url: feed.url }),
    ...(feed.answers && { answers: feed.answers }),
    ...(feed.evicted && { evicted: feed.evicted }),
    close() {
      clearInterval(timer);
      return feed.close();
    },
  };
}
