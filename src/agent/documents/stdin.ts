import { linesOf } from "../../source/readers.ts";
import { openReadable } from "../../source/stream/readable.ts";
import { Failure } from "../failure.ts";
import type { OpenFeeds } from "./feeds.ts";

/** Opens the one feed that there can be from the standard input. */
export const openStdin: OpenFeeds = async (wanted) => {
  if (wanted.length > 1) throw new Failure("Only one source can take the standard input.");
  return wanted.map(({ origin, settings, reader, intake }) =>
    openReadable(
      process.stdin,
      { from: origin.text, most: settings.max_event, decode: linesOf(reader, settings.max_event) },
      intake,
    ),
  );
};
