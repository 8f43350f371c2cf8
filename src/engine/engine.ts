import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { EventNote } from "../event/event.ts";
import type { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { WaitingEvents } from "./waiting-events.ts";

/**
 * What was there before the first event: recordings tell it by events of these types at their beginning, which are
 * counted but not judged.
 */
const BEFORE_THE_FIRST: ReadonlySet<number> = new Set([
  EventCode.CONTAINER_JSON_2_E,
  EventCode.USER_ADDED_E,
  EventCode.USER_DELETED_E,
  EventCode.GROUP_ADDED_E,
  EventCode.GROUP_DELETED_E,
  EventCode.ASYNCEVENT_E,
]);

/** Takes a match: `rule` is the rule's number in the ruleset. The event is gone when it returns. */
export type OnMatch = (rule: number, event: Observed) => void;

/** Joins a source of events, what is known of its machine, and the rules. */
export class Engine {
  /** Events seen so far. */
  events = 0;
  /** The same by the code of an event's type. */
  readonly seen: Float64Array = new Float64Array(EVENT_TYPES);
  /** Is shown the first event of each {@link drain} that rules are asked about. */
  sample: ((event: Observed) => void) | undefined = undefined;
  /** Milliseconds spent in {@link drain}. */
  busy = 0;
  /** By the rule's number: how often it matched, under whatever ruleset it was in. */
  matches: Float64Array;
  /** Events that wait for what a container runtime has to say. */
  readonly waiting: WaitingEvents;
  protected readonly source: Source;
  protected readonly machine: Machine;
  protected ruleset: Ruleset;
  /** How often rules matched that are not there at the moment, by name. */
  private readonly earlierMatches = new Map<string, number>();
  protected readonly onMatch: OnMatch;
  protected readonly event: Observed;
  private started = false;
  /** True from the first event on that tells something new. */
  private begun = false;

  constructor(source: Source, machine: Machine, ruleset: Ruleset, onMatch: OnMatch) {
    this.source = source;
    this.machine = machine;
    this.ruleset = ruleset;
    this.onMatch = onMatch;
    this.event = new Observed(machine);
    this.matches = new Float64Array(ruleset.rules.length);
    this.waiting = new WaitingEvents(machine);
  }

  /**
   * Judges by other rules from the next event on. What is known of the machine stays, and rules of the same name go
   * on counting. Not to be called while it drains.
   */
  swap(ruleset: Ruleset): void {
    const { earlierMatches: matchedBefore } = this;
    for (const [i, { name }] of this.ruleset.rules.entries()) matchedBefore.set(name, this.matches[i]!);
    this.matches = Float64Array.from(ruleset.rules, ({ name }) => matchedBefore.get(name) ?? 0);
    for (const { name } of ruleset.rules) matchedBefore.delete(name);
    this.ruleset = ruleset;
  }

  /**
   * Takes events until the source has none (now, or at all), or `limit` of them.
   * @returns how many it took
   */
  drain(limit = Number.POSITIVE_INFINITY): number {
    const { source, machine, ruleset, event, seen, waiting: parking } = this;
    const began = performance.now();
    if (!parking.isEmpty) parking.release(this.judge);
    if (!this.started) {
      this.started = true;
      source.snapshot(machine);
    }
    const { wanted } = ruleset;
    let taken = 0;
    let { sample } = this;
    while (taken < limit && source.next(event)) {
      taken++;
      seen[event.type]!++;
      machine.observe(event);
      if (!this.begun) this.begun = !BEFORE_THE_FIRST.has(event.type);
      if (this.begun && wanted[event.type] === 1 && (event.flags & EventNote.STATE_ONLY) === 0) {
        if (sample !== undefined) {
          sample(event);
          sample = undefined;
        }
        if (!parking.take(event)) this.judge(event);
      }
      machine.settle(event);
    }
    this.events += taken;
    this.busy += performance.now() - began;
    return taken;
  }

  /** Judges at the end what still waits. */
  finish(): void {
    this.waiting.release(this.judge, true);
  }

  private readonly judge = (event: Observed): void => {
    const found = this.ruleset.match(event);
    for (let i = 0; i < found.length; i++) {
      this.matches[found[i]!]!++;
      this.onMatch(found[i]!, event);
    }
  };
}
