import type { Page } from "../../server/server.ts";
import type { DocumentSource, Watched } from "./watched.ts";

function json(value: unknown, status = 200): Page {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

/**
 * Whether events are taken. A way in that is down is told of, and is no reason to start the program again: that would
 * not bring back a log file or a server.
 */
export function healthPage(watched: Watched | undefined): Page {
  if (watched === undefined) return json({ status: "starting" }, 503);
  const down = (watched.documents ?? []).flatMap(({ source, feeds }) =>
    feeds.flatMap(({ from, trouble }) => (trouble === undefined ? [] : [{ source, from, reason: trouble }])),
  );
  return json(down.length === 0 ? { status: "ok" } : { status: "degraded", down });
}

/** The sources beside the kernel, each with its ways in. */
export function sourcesPage(watched: Watched | undefined): Page {
  return json((watched?.documents ?? []).map(sourceState));
}

function sourceState({ source, waiting, engine, feeds }: DocumentSource): unknown {
  return {
    source,
    judged: engine.events,
    waiting,
    from: feeds.map(({ from, trouble, accepted, bytes, refused, takenAt, eventTime, behind }) => ({
      from,
      up: trouble === undefined,
      ...(trouble !== undefined && { reason: trouble }),
      accepted,
      bytes,
      refused: Object.fromEntries(refused),
      behind_bytes: behind,
      ...(takenAt > 0 && { last: new Date(takenAt).toISOString(), lag_seconds: lag(takenAt, eventTime) }),
    })),
  };
}

/** Seconds from when the last event happened to when it was taken. */
function lag(takenAt: number, eventTime: bigint): number {
  return Math.max(0, takenAt - Number(eventTime / 1_000_000n)) / 1000;
}
