import type { Feed } from "../../source/feed.ts";
import { linesOf } from "../../source/readers.ts";
import { openUnixLines } from "../../source/unix/lines.ts";
import { Failure } from "../failure.ts";
import { closeAll, type OpenFeeds } from "./feeds.ts";

/** Makes the sockets of the file system that lines are written to. */
export const openUnix: OpenFeeds = async (wanted) => {
  const open: Feed[] = [];
  try {
    for (const { origin, keys, settings, reader, intake } of wanted) {
      if (origin.kind !== "unix") continue;
      const { path, datagrams, text: from } = origin;
      const maxLine = settings.max_event;
      const lines = { path, datagrams, from, maxLine, decode: linesOf(reader, maxLine) };
      open.push(await openUnixLines(lines, intake).catch((error) => fail(keys, from, error)));
    }
  } catch (error) {
    await closeAll(open);
    throw error;
  }
  return open;
};

function fail(keys: string, from: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const why = code === "EADDRINUSE" ? "something is there already" : code;
  throw new Failure(`${keys}.from: events can't come from ${from}: ${why}.`);
}
