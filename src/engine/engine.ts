import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { EventNote } from "../event/event.ts";
import type { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { isUnknown, NOT_INSTALLED, type Program, type ProgramFacts } from "../machine/program.ts";
import type { Thread } from "../machine/thread.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { WaitingEvents } from "./waiting-events.ts";

/** Events that describe the machine at the start of a capture. They are counted and not evaluated. */
const BEFORE_THE_FIRST: ReadonlySet<number> = new Set([
  EventCode.CONTAINER_JSON_2_E,
  EventCode.USER_ADDED_E,
  EventCode.USER_DELETED_E,
  EventCode.GROUP_ADDED_E,
  EventCode.GROUP_DELETED_E,
  EventCode.ASYNCEVENT_E,
]);

/** Receives a match: `rule` is the index of the rule in the ruleset. The event is invalid after the call returns. */
export type OnMatch = (rule: number, event: Observed) => void;

/** Receives events of certain types after the machine has observed them. An event is invalid after `see` returns. */
export interface EventWatcher {
  /** Types that rules also receive. */
  readonly types: readonly number[];
  /** Types that rules never receive. */
  readonly ownTypes: readonly number[];
  see(event: Observed): void;
}

/** Maximum total size of inserted events that are not yet evaluated, in bytes. */
const MAX_INSERTED = 64 << 20;

const NONE: readonly number[] = [];

/** Bits of {@link Engine.wanted}: rules and watcher. */
const [RULES, WATCHER] = [1, 2];

/** Evaluates the events of a source against a ruleset and updates the machine with them. */
export class Engine {
  /** Number of events that the engine has read. */
  events = 0;
  /** Number of events by type. */
  readonly seen: Float64Array = new Float64Array(EVENT_TYPES);
  /** Called with the first event of each {@link drain} that is evaluated against a rule. */
  sample: ((event: Observed) => void) | undefined = undefined;
  /** Total time spent in {@link drain}, in milliseconds. */
  busy = 0;
  /** Number of matches by index of the rule, counted across reloads. */
  matches: Float64Array;
  /** Events that wait for enrichment. */
  readonly waiting: WaitingEvents;
  protected readonly source: Source;
  protected readonly machine: Machine;
  protected ruleset: Ruleset;
  /** Number of leading rules of the ruleset that raise alerts; the others are shadow rules. */
  raising: number;
  /** Number of matches by {@link keysOf}, for rules that are not in the current ruleset. */
  private readonly earlierMatches = new Map<string, number>();
  protected readonly onMatch: OnMatch;
  protected readonly event: Observed;
  private watcher: EventWatcher | undefined = undefined;
  /** Receivers of events, by event type. */
  private wanted: Uint8Array;
  /** Inserted events, evaluated before the next event of the source. */
  private inserted: Uint8Array[] = [];
  private insertedBytes = 0;
  private isPaused = false;
  private started = false;
  /** Whether all events that describe the machine at the start have been seen. */
  private begun: boolean;

  constructor(source: Source, machine: Machine, ruleset: Ruleset, onMatch: OnMatch) {
    this.source = source;
    this.begun = source.startsWithEvents === true;
    this.machine = machine;
    this.ruleset = ruleset;
    this.raising = raisingRules(ruleset);
    this.onMatch = onMatch;
    this.event = new Observed(machine);
    this.wanted = ruleset.wanted;
    this.matches = new Float64Array(ruleset.rules.length);
    this.waiting = new WaitingEvents(machine);
  }

  /**
   * Evaluates later events against another ruleset. Keeps the state of the machine, and the counts of rules whose names
   * are unchanged, except rules that become or cease to be shadow rules. Must not be called during {@link drain}.
   */
  swap(ruleset: Ruleset): void {
    const { earlierMatches: matchedBefore } = this;
    for (const [i, key] of keysOf(this.ruleset).entries()) matchedBefore.set(key, this.matches[i]!);
    const keys = keysOf(ruleset);
    this.matches = Float64Array.from(keys, (key) => matchedBefore.get(key) ?? 0);
    for (const key of keys) matchedBefore.delete(key);
    this.ruleset = ruleset;
    this.raising = raisingRules(ruleset);
    this.wanted = this.wantedTypes();
  }

  /** Sets the watcher. Must not be called during {@link drain}. */
  watch(watcher: EventWatcher): void {
    this.watcher = watcher;
    this.wanted = this.wantedTypes();
  }

  private wantedTypes(): Uint8Array {
    const { watcher, ruleset } = this;
    if (watcher === undefined) return ruleset.wanted;
    const wanted = Uint8Array.from(ruleset.wanted);
    for (const type of watcher.types) wanted[type]! |= WATCHER;
    for (const type of watcher.ownTypes) wanted[type] = WATCHER;
    return wanted;
  }

  /**
   * Inserts an event, which is evaluated before the next event of the source.
   * @param bytes the event, with lengths of 4 bytes
   * @returns false if too many events are waiting
   */
  insert(bytes: Uint8Array): boolean {
    if (this.insertedBytes + bytes.length > MAX_INSERTED) return false;
    this.insertedBytes += bytes.length;
    this.inserted.push(bytes);
    return true;
  }

  /** Ends the current {@link drain} after the current event. */
  pause(): void {
    this.isPaused = true;
  }

  /**
   * Evaluates events until the source currently has no more, `limit` is reached or {@link pause} was called.
   * @returns the number of events that were read
   */
  drain(limit = Number.POSITIVE_INFINITY): number {
    const { source, machine, wanted, event, seen, waiting: delayed } = this;
    const began = performance.now();
    if (!delayed.isEmpty || delayed.hasDoubted) this.release(false);
    if (!this.started) {
      this.started = true;
      source.snapshot(machine);
    }
    let taken = this.inserted.length === 0 ? 0 : this.drainInserted();
    let { sample } = this;
    this.isPaused = false;
    while (taken < limit && !this.isPaused && source.next(event)) {
      taken++;
      seen[event.type]!++;
      machine.observe(event);
      if (!this.begun) this.begun = !BEFORE_THE_FIRST.has(event.type);
      const receivers = wanted[event.type]!; // undefined for unknown types
      if (receivers > 0 && this.begun && (event.flags & EventNote.STATE_ONLY) === 0) {
        if (receivers !== RULES) {
          this.watcher?.see(event);
          if ((receivers & RULES) === 0) {
            machine.settle(event);
            continue;
          }
        }
        if (sample !== undefined) {
          sample(event);
          sample = undefined;
        }
        if (!delayed.take(event)) this.evaluate(event);
      }
      machine.settle(event);
    }
    this.events += taken;
    this.busy += performance.now() - began;
    return taken;
  }

  private drainInserted(): number {
    const { event, inserted, machine, seen } = this;
    this.inserted = [];
    this.insertedBytes = 0;
    for (const bytes of inserted) {
      event.place(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, 0, 4);
      event.flags = 0;
      this.source.inserted?.(event);
      seen[event.type]!++;
      machine.observe(event);
      if ((this.wanted[event.type]! & RULES) !== 0) this.evaluate(event);
      machine.settle(event);
    }
    return inserted.length;
  }

  /** Evaluates the events that still wait for enrichment. Call at the end of the source. */
  finish(): void {
    this.release(true);
  }

  private release(all: boolean): void {
    this.waiting.release(this.evaluate, all);
    this.waiting.releaseDoubted(this.evaluateAgain);
  }

  private readonly evaluate = (event: Observed): void => {
    const { thread } = event;
    const program = thread?.program;
    const found = this.ruleset.match(event);
    if (thread === undefined || program === undefined || program.examination === "done")
      for (let i = 0; i < found.length; i++) this.raise(found[i]!, event);
    else this.evaluateUnexamined(event, thread, program, found);
  };

  /** Counts a match and, unless the rule is a shadow rule, raises its alert. */
  protected raise(rule: number, event: Observed): void {
    this.matches[rule]!++;
    if (rule < this.raising) this.onMatch(rule, event);
  }

  /**
   * Raises the alerts of an event whose executable has not been examined yet. If additional rules would match for an
   * executable that is not installed, the event waits for the result. If the executable cannot be examined and counts
   * as not installed, these rules match immediately.
   */
  private evaluateUnexamined(event: Observed, thread: Thread, program: Program, found: readonly number[]): void {
    const matched = found.length === 0 ? NONE : [...found];
    for (const rule of matched) this.raise(rule, event);
    const isAwaited = isUnknown(program);
    if (!isAwaited && !countsAsNotInstalled(program, thread)) return;
    const others = this.matchesAs(NOT_INSTALLED, program, event).filter((rule) => !matched.includes(rule));
    if (others.length === 0) return;
    if (isAwaited) this.waiting.doubt(event, thread, program, new Set(matched.map((rule) => this.nameOf(rule))));
    else for (const rule of others) this.raise(rule, event);
  }

  /** Evaluates an event again after its executable was examined, and raises the alerts that were not raised before. */
  private readonly evaluateAgain = (event: Observed, program: Program, matched: ReadonlySet<string>): void => {
    const { thread } = event;
    const isForeign = thread !== undefined && countsAsNotInstalled(program, thread);
    const found = this.matchesAs(isForeign ? NOT_INSTALLED : program.facts, program, event);
    for (const rule of found) if (!matched.has(this.nameOf(rule))) this.raise(rule, event);
  };

  private nameOf(rule: number): string {
    return this.ruleset.rules[rule]?.name ?? "";
  }

  /** Returns the rules that match an event, assuming the given facts about its executable. */
  private matchesAs(facts: ProgramFacts, program: Program, event: Observed): readonly number[] {
    const { facts: known } = program;
    program.facts = facts;
    try {
      return this.ruleset.match(event);
    } finally {
      program.facts = known;
    }
  }
}

/** Identifies each rule of a ruleset: by its name, and by whether it is a shadow rule. */
function keysOf(ruleset: Ruleset): string[] {
  const raising = raisingRules(ruleset);
  return ruleset.rules.map(({ name }, i) => (i < raising ? name : `shadow ${name}`));
}

function raisingRules({ rules, raising = rules.length }: Ruleset): number {
  return raising;
}

/**
 * Whether an executable that could not be examined counts as not installed, because it was removed or too many
 * executables were waiting. This does not apply to containers, since their processes may have exited.
 */
function countsAsNotInstalled({ examination }: Program, { containerId }: Thread): boolean {
  return (examination === "gone" || examination === "skipped") && containerId === "";
}
