import { dirname, join } from "node:path";
import { defaultJournal } from "../../journal/place.ts";
import type { Feed } from "../../source/feed.ts";
import { linesOf } from "../../source/readers.ts";
import { openPositions, type Positions } from "../../source/tail/positions.ts";
import { openTail } from "../../source/tail/tail.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { visible } from "../../telemetry/visible.ts";
import type { OpenFeeds } from "./feeds.ts";

/** Opens feeds from files; how far they were read is kept in one place, beside the journal where nobody says otherwise. */
export const openFiles: OpenFeeds = async (wanted, { config, log }) => {
  const file = config.sources.positions || join(dirname(defaultJournal()), "positions.json");
  const say = (sentence: string): void => log(logLines.filesWarning(visible(sentence)));
  const positions = openPositions(file, say);
  let left = wanted.length;
  const feeds: Feed[] = [];
  for (const { source, origin, settings, reader, intake } of wanted) {
    if (origin.kind !== "file") continue;
    const { counts, close } = await openTail(
      {
        source,
        path: origin.path,
        start: settings.start,
        maxLine: settings.max_event,
        decode: linesOf(reader, settings.max_event),
        positions,
        say,
      },
      intake,
    );
    feeds.push({ counts, close: () => closeOne(close(), () => --left === 0, positions) });
  }
  return feeds;
};

/** The last one takes the positions with it. */
async function closeOne(closed: Promise<void>, isLast: () => boolean, positions: Positions): Promise<void> {
  await closed;
  if (isLast()) await positions.close();
}
