import type { Granted, Wish } from "../../api/sensor.ts";
import { turnSwitch } from "../../journal/switch.ts";
import { journalFile } from "../delivery/journal.ts";
import { userNamedSources } from "../documents/settings.ts";
import type { Loaded } from "../load/load.ts";
import type { Observer } from "../metrics/observer.ts";
import { appendExceptions, exceptionsFile } from "./exceptions.ts";

/** What the page asks of the running agent: exceptions, the last events, pausing responses. */
export interface PageRequests {
  /** Carries out one request after the other. Never rejects. */
  grant(wish: Wish): Promise<Granted>;
  /** A reload has ended. */
  reloaded(outcome: Granted): void;
}

export interface PageRequestsOptions {
  readonly current: () => Pick<Loaded, "config" | "rules">;
  readonly observer: Observer;
  /** Asks for a reload. */
  readonly reload: () => void;
}

/** Milliseconds that a reload may take. */
const RELOAD_TIMEOUT = 30_000;

const NOT_KEPT = "The last events are not kept: web_page.recent_events_size says how much memory may be used for that.";

export function openRequests({ current, observer, reload }: PageRequestsOptions): PageRequests {
  let last: Promise<unknown> = Promise.resolve();
  let loaded: ((outcome: Granted) => void) | undefined;

  async function carryOut(wish: Wish): Promise<Granted> {
    try {
      if (wish.kind === "except") return await addException(wish.yaml);
      if (wish.kind === "recent") return recentEvents(observer);
      const change = { time: Date.now(), paused: wish.kind === "pause", who: wish.user, reason: "on the web page" };
      const journal = journalFile(current().config.journal);
      return turnSwitch(journal, change) ? { done: true } : { refused: "There is no journal yet." };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Writes an exception and reloads; where the rules do not load with it, it is taken back. */
  async function addException(yaml: string): Promise<Granted> {
    const { config, rules } = current();
    const loading = {
      sources: userNamedSources(config),
      communityId: config.community_id !== "never",
      pause: () => observer.observed()?.watched.live?.relieve(),
    };
    const own = exceptionsFile(config);
    const others = rules.results.map(({ file }) => file).filter((file) => file !== own);
    const appended = await appendExceptions(yaml, others, config, loading);
    const outcome = await nextReload();
    if ("refused" in outcome) {
      appended.undo();
      return outcome;
    }
    return { done: true, file: appended.file };
  }

  async function nextReload(): Promise<Granted> {
    const { promise, resolve } = Promise.withResolvers<Granted>();
    const refused = "The rules were not loaded again in time.";
    const late = setTimeout(() => resolve({ refused }), RELOAD_TIMEOUT).unref();
    loaded = resolve;
    reload();
    const outcome = await promise;
    clearTimeout(late);
    loaded = undefined;
    return outcome;
  }

  return {
    grant(wish) {
      const granted = last.then(() => carryOut(wish));
      last = granted;
      return granted;
    },
    reloaded: (outcome) => loaded?.(outcome),
  };
}

function recentEvents(observer: Observer): Granted {
  const { recent, live } = observer.observed()?.watched ?? {};
  live?.relieve(); // the copies take a while
  const bytes = recent?.capture();
  return bytes === undefined ? { refused: NOT_KEPT } : { done: true, bytes };
}
