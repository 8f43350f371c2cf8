import { closeAll, type Feed } from "../feed.ts";
import type { CommonKeys } from "../origin/common-keys.ts";
import { FeedError, type FeedRequest, type OriginSettings } from "../origin/descriptor.ts";
import type { UnixOrigin } from "../origin/unix.ts";
import { linesOf } from "../reader.ts";
import { openUnixLines } from "./lines.ts";

/** Creates Unix sockets that receive lines. */
export async function openUnixFeeds(
  requests: readonly FeedRequest<UnixOrigin, OriginSettings<CommonKeys>>[],
): Promise<readonly Feed[]> {
  const open: Feed[] = [];
  try {
    for (const { origin, keys, settings, reader, intake } of requests) {
      const { path, datagrams, text: from } = origin;
      const maxLine = settings.max_event;
      const lines = { path, datagrams, from, maxLine, decode: linesOf(reader, maxLine), beginning: reader.beginning };
      open.push(await openUnixLines(lines, intake).catch((error) => fail(keys, from, error)));
    }
  } catch (error) {
    await closeAll(open);
    throw error;
  }
  return open;
}

function fail(keys: string, from: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const why = code === "EADDRINUSE" ? "the address is in use" : code;
  throw new FeedError(`${keys}.from: cannot receive events from ${from}: ${why}.`);
}
