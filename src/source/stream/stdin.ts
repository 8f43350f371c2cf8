import type { Feed } from "../feed.ts";
import type { CommonKeys } from "../origin/common-keys.ts";
import { FeedError, type FeedRequest, type OriginSettings } from "../origin/descriptor.ts";
import type { StdinOrigin } from "../origin/stdin.ts";
import { linesOf } from "../reader.ts";
import { openReadable } from "./readable.ts";

/** Opens the feed of standard input. Only one feed can read standard input. */
export async function openStdinFeeds(
  requests: readonly FeedRequest<StdinOrigin, OriginSettings<CommonKeys>>[],
): Promise<readonly Feed[]> {
  if (requests.length > 1) throw new FeedError("Only one source can read standard input.");
  return requests.map(({ origin, settings, reader, intake }) =>
    openReadable(
      process.stdin,
      {
        from: origin.text,
        most: settings.max_event,
        decode: linesOf(reader, settings.max_event),
        beginning: reader.beginning,
      },
      intake,
    ),
  );
}
