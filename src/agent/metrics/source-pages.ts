import type { Page } from "../../server/server.ts";
import type { DocumentSource, SessionState } from "./state.ts";

function json(value: unknown, status = 200): Page {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

/** Event sources other than system calls, with their origins. */
export function sourcesPage(session: SessionState | undefined): Page {
  return json((session?.documents ?? []).map(sourceState));
}

function sourceState({ source, waiting, engine, feeds }: DocumentSource): unknown {
  return {
    source,
    evaluated: engine.events,
    waiting,
    from: feeds.map(({ from, trouble, accepted, bytes, refused, takenAt, eventTime, behind }) => ({
      from,
      up: trouble === undefined,
      ...(trouble !== undefined && { reason: trouble }),
      accepted,
      bytes,
      refused: Object.fromEntries(refused),
      lag_bytes: behind,
      ...(takenAt > 0 && { last: new Date(takenAt).toISOString(), lag_seconds: lag(takenAt, eventTime) }),
    })),
  };
}

/** Delay between the time of the last event and its arrival, in seconds. */
function lag(takenAt: number, eventTime: bigint): number {
  return Math.max(0, takenAt - Number(eventTime / 1_000_000n)) / 1000;
}
