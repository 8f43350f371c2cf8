import type { Alert } from "../../alert/alert.ts";
import { DocumentEngine } from "../../engine/document-engine.ts";
import type { Joiner } from "../../machine/join.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import { type Inbox, openInbox } from "../../source/inbox.ts";
import { untilKnown } from "../../source/patience.ts";
import type { Log } from "../../telemetry/log.ts";
import { said } from "../../telemetry/said.ts";
import type { Component } from "../component.ts";
import type { Loaded } from "../load/load.ts";
import type { DoorCounts, Stream } from "../metrics/watched.ts";
import { hostRoot } from "../sensor/live.ts";
import { closeAll, type OpenFeed, openFeeds, type WantedFeed } from "./feeds.ts";
import { enabledSources, hasFlows, keysOf, readerFor, sourceSettings } from "./settings.ts";

/** The sources that are watched beside the kernel, each with an engine of its own. */
export interface Streams extends Component {
  /** For whoever counts. */
  readonly streams: readonly Stream[];
  readonly doors: () => readonly DoorCounts[];
  /** Events that were taken and not judged yet. */
  readonly waiting: number;
  /** Whether one of them can be judged now: some wait until it is known whose doing they are. */
  readonly ready: boolean;
  /** Events that were judged. */
  readonly events: number;
  /**
   * Judges what waits, for a moment at the most.
   * @param between called time and again: nobody who waits for it waits long
   * @returns how many events that were
   */
  drain(between: () => void): number;
  /**
   * Marks what has been judged so far.
   * @returns to be called when its alerts are in the journal; undefined where nothing was judged since the last mark
   */
  mark(): (() => void) | undefined;
  /**
   * Goes on under other rules, and where they changed with other sources. It says so later where one can't be opened:
   * doors close once those in them have their answers, so judging has to go on meanwhile.
   */
  apply(next: Pick<Loaded, "config" | "rules">): void;
  /** Lets nothing in any more; what was taken is still to be judged, and its senders wait for that. */
  shut(): Promise<void>;
  close(): void;
}

export interface StreamsOptions {
  readonly machine: Machine;
  readonly raised: (alert: Alert, event: Observed) => void;
  /** Called when events have come. */
  readonly arrived: () => void;
  readonly log: Log;
  /** Whether the machine's system calls tell which process has which flow. */
  readonly joins: boolean;
}

/** Events of one source that may wait, and bytes of theirs. */
const MOST_WAITING = 16_384;
const MOST_BYTES = 64 << 20;
/** Milliseconds of judging before others have their turn; events between two looks at the clock. */
const MOMENT = 4;
const STRIDE = 16;

/** Its events say who comes into pods. */
const AUDIT = "k8s_audit";

interface One extends Stream {
  readonly inbox: Inbox;
  readonly engine: DocumentEngine;
  open: readonly OpenFeed[];
}

async function makeJoiner(machine: Machine): Promise<Joiner> {
  const { openJoiner } = await import("../../machine/join.ts");
  if (!machine.isLive) return openJoiner(machine);
  const { openSocketEnds } = await import("../../source/syscall/proc/socket-ends.ts");
  return openJoiner(machine, { lookAtSockets: () => openSocketEnds(hostRoot) });
}

/**
 * Opens the sources that the configuration has beside the kernel.
 * @throws Failure where one can't be opened
 */
export async function openStreams(
  first: Pick<Loaded, "config" | "rules">,
  { machine, raised, arrived, log, joins }: StreamsOptions,
): Promise<Streams> {
  let { config, rules } = first;
  const all = new Map<string, One>();
  /** The sources that are being opened or closed. */
  let changing = Promise.resolve();
  /** What each had given at the last mark. */
  const marked = new Map<Inbox, number>();

  let joiner: Promise<Joiner> | undefined;

  /** Who knows whose doing the events of a source are. */
  async function joinerFor(source: string): Promise<Joiner | undefined> {
    if (!joins || !hasFlows(source)) return undefined;
    joiner ??= makeJoiner(machine);
    return joiner;
  }

  async function oneFor(source: string): Promise<One> {
    const known = all.get(source);
    if (known !== undefined) return known;
    const joiner = await joinerFor(source);
    const hold = joiner && { hold: untilKnown(joiner.isKnown) };
    const inbox = openInbox(source, { most: MOST_WAITING, mostBytes: MOST_BYTES, arrived, ...hold });
    const engine = new DocumentEngine(
      inbox,
      joiner?.machine ?? machine,
      rules.of(source).ruleset,
      (rule, event) => raised(rules.of(source).raise(rule, event), event),
      source === AUDIT ? (event) => machine.sessions?.audit(event.document) : joiner?.join,
    );
    const one: One = {
      source,
      inbox,
      engine,
      open: [],
      get waiting() {
        return inbox.waiting;
      },
      get joined() {
        return joiner === undefined ? undefined : engine.joined;
      },
      get feeds() {
        return this.open.map(({ counts }) => counts);
      },
    };
    all.set(source, one);
    return one;
  }

  async function open(): Promise<void> {
    const wanted: WantedFeed[] = [];
    for (const source of enabledSources(config)) {
      const { inbox } = await oneFor(source);
      const settings = sourceSettings(config, source);
      const reader = await readerFor(config, source);
      for (const origin of settings.from)
        wanted.push({ source, origin, keys: keysOf(source), settings, reader, intake: inbox });
    }
    const feeds = await openFeeds(wanted, { config, log });
    for (const one of all.values()) one.open = feeds.filter((_, i) => wanted[i].source === one.source);
    for (const [i, { url, counts }] of feeds.entries()) log(said.takingEvents(wanted[i].source, url ?? counts.from));
  }

  async function reopen(): Promise<void> {
    await closeFeeds();
    try {
      await open();
    } catch (error) {
      log(said.notTakingEvents(error instanceof Error ? error.message : String(error)));
    }
  }

  async function closeFeeds(): Promise<void> {
    await closeAll([...all.values()].flatMap((one) => one.open));
    for (const one of all.values()) one.open = [];
  }

  await open();
  return {
    get streams() {
      return [...all.values()];
    },
    doors: () =>
      [...all.values()].flatMap((one) =>
        one.open.flatMap(({ answers, counts }) => (answers === undefined ? [] : [{ door: counts.from, answers }])),
      ),
    get waiting() {
      let waiting = 0;
      for (const { inbox } of all.values()) waiting += inbox.waiting;
      return waiting;
    },
    get ready() {
      for (const { inbox } of all.values()) if (inbox.waiting > 0 && !inbox.held) return true;
      return false;
    },
    get events() {
      let events = 0;
      for (const { engine } of all.values()) events += engine.events;
      return events;
    },
    drain(between) {
      const end = performance.now() + MOMENT;
      let taken = 0;
      for (let more = true; more && performance.now() < end; ) {
        more = false;
        for (const { engine, inbox } of all.values()) {
          if (inbox.waiting === 0) continue;
          const count = engine.drain(STRIDE);
          taken += count;
          more ||= count > 0;
          between();
        }
      }
      return taken;
    },
    mark() {
      const marks: (readonly [Inbox, number])[] = [];
      for (const { inbox } of all.values()) {
        const { given } = inbox;
        if (given === (marked.get(inbox) ?? 0)) continue;
        marked.set(inbox, given);
        marks.push([inbox, given]);
      }
      if (marks.length === 0) return undefined;
      return () => {
        for (const [inbox, given] of marks) inbox.settle(given);
      };
    },
    apply({ config: next, rules: nextRules }) {
      const before = config;
      config = next;
      rules = nextRules;
      for (const { source, engine } of all.values()) engine.swap(rules.of(source).ruleset);
      if (JSON.stringify(before.sources) === JSON.stringify(next.sources)) return;
      changing = changing.then(reopen);
    },
    shut() {
      changing = changing.then(closeFeeds);
      return changing;
    },
    close() {
      for (const { inbox } of all.values()) inbox.close();
    },
  };
}
