import type { Config } from "../../config/load.ts";
import { isLoopback, type Origin } from "../../config/origin.ts";
import type { Feed } from "../../source/feed.ts";
import type { Intake } from "../../source/inbox.ts";
import type { Reader } from "../../source/readers.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { visible } from "../../telemetry/visible.ts";
import { Failure } from "../failure.ts";
import type { WantedDoor } from "./doors.ts";
import type { SourceSettings } from "./settings.ts";

/** A way by which events of a source are to come. */
export interface WantedFeed {
  readonly source: string;
  readonly origin: Origin;
  /** How the keys of the source's settings begin: `sources.k8s_audit`. */
  readonly keys: string;
  readonly settings: SourceSettings;
  readonly reader: Reader;
  readonly intake: Intake;
}

/** What ways share. */
export interface Around {
  readonly config: Config;
  readonly log: Log;
}

/** A feed; where it answers requests, with its address and its answers by status. */
export interface OpenFeed extends Feed {
  readonly url?: string;
  readonly answers?: ReadonlyMap<number, number>;
}

/**
 * Opens feeds of one kind, all or none.
 * @throws Failure
 */
export type OpenFeeds = (wanted: readonly WantedFeed[], around: Around) => Promise<readonly OpenFeed[]>;

/** How each kind of place is opened; what that takes is loaded where it is wanted. */
const ways: Partial<Record<Origin["kind"], OpenFeeds>> = {
  http: async (wanted, { log }) => (await import("./doors.ts")).openDoors(wanted.flatMap(doorOf), log),
  file: async (wanted, around) => (await import("./files.ts")).openFiles(wanted, around),
  syslog: async (wanted, around) => (await import("./syslog.ts")).openSyslog(wanted, around),
  stdin: async (wanted, around) => (await import("./stdin.ts")).openStdin(wanted, around),
  unix: async (wanted, around) => (await import("./unix.ts")).openUnix(wanted, around),
  nats: async (wanted, around) => (await import("./brokers.ts")).openNats(wanted, around),
  kafka: async (wanted, around) => (await import("./brokers.ts")).openKafka(wanted, around),
};

function doorOf({ origin, keys, settings, reader, intake }: WantedFeed): WantedDoor[] {
  return origin.kind === "http" ? [{ at: origin, keys, settings, split: reader.split, intake }] : [];
}

/**
 * Opens every way by which events come, all or none.
 * @returns in the order of `wanted`
 * @throws Failure with one sentence
 */
export async function openFeeds(wanted: readonly WantedFeed[], around: Around): Promise<readonly OpenFeed[]> {
  const open = new Map<WantedFeed, OpenFeed>();
  try {
    for (const [kind, group] of Map.groupBy(wanted, ({ origin }) => origin.kind)) {
      const way = ways[kind];
      if (way === undefined) throw new Failure(`Events can't come from ${group[0].origin.text}.`);
      const feeds = await way(group, around);
      for (const [i, feed] of feeds.entries()) open.set(group[i], withWord(feed, group[i].source, around.log));
    }
  } catch (error) {
    await closeAll([...open.values()]);
    throw error;
  }
  for (const { source, origin, settings } of wanted)
    if (isOpenToOthers(origin, settings)) around.log(logLines.sourceUnauthenticated(source, origin.text));
  return wanted.flatMap((one) => open.get(one) ?? []);
}

/** Whether other machines reach a place, and whoever does may send. */
function isOpenToOthers(origin: Origin, { token, token_file, client_authority }: SourceSettings): boolean {
  if (!("host" in origin) || isLoopback(origin.host)) return false;
  return client_authority === "" && (origin.kind !== "http" || (token === "" && token_file === ""));
}

/** Milliseconds between two looks at whether events can come. */
const LOOK = 1000;

/** Says when no events can come by a way, and when they can again. */
function withWord(feed: OpenFeed, source: string, log: Log): OpenFeed {
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
    close() {
      clearInterval(timer);
      return feed.close();
    },
  };
}

export async function closeAll(feeds: readonly Feed[]): Promise<void> {
  await Promise.all(feeds.map((feed) => feed.close()));
}
