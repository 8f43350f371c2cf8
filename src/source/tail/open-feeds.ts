import type { Feed } from "../feed.ts";
import type { CommonKeys } from "../origin/common-keys.ts";
import type { FeedContext, FeedRequest, OriginSettings } from "../origin/descriptor.ts";
import type { FileOrigin } from "../origin/file.ts";
import { linesOf } from "../reader.ts";
import { openPositions, type Positions } from "./positions.ts";
import { openTail } from "./tail.ts";

/** Opens feeds from files. They share one file of positions. */
export async function openFileFeeds(
  requests: readonly FeedRequest<FileOrigin, OriginSettings<CommonKeys>>[],
  { positions: file, warn }: FeedContext,
): Promise<readonly Feed[]> {
  const say = (sentence: string): void => warn(sentence);
  const positions = openPositions(file, say);
  let open = requests.length;
  const feeds: Feed[] = [];
  for (const { source, origin, settings, reader, intake } of requests) {
    const { counts, close } = await openTail(
      {
        source,
        path: origin.path,
        start: settings.start,
        maxLine: settings.max_event,
        decode: linesOf(reader, settings.max_event),
        beginning: reader.beginning,
        positions,
        say,
      },
      intake,
    );
    feeds.push({ counts, close: () => closeOne(close(), () => --open === 0, positions) });
  }
  return feeds;
}

/** Closes a feed, and the positions with the last feed. */
async function closeOne(closed: Promise<void>, isLast: () => boolean, positions: Positions): Promise<void> {
  await closed;
  if (isLast()) await positions.close();
}
