import type { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine, type OnMatch } from "./engine.ts";

/**
 * Finds whose doing the document at hand is, before rules see it: may set the event's thread, which must be one of the
 * event's machine. The event comes without.
 */
export type Join = (event: Observed) => void;

/**
 * Joins a source of documents and the rules. They change nothing in what is known of the machine, which may be the one
 * that another engine keeps up to date.
 */
export class DocumentEngine extends Engine {
  /** Events whose doing it is that {@link Join} found out. */
  joined = 0;
  private readonly join: Join | undefined;
  private first = true;

  constructor(source: Source, machine: Machine, ruleset: Ruleset, onMatch: OnMatch, join?: Join) {
    super(source, machine, ruleset, onMatch);
    this.join = join;
    this.event.source = source.name;
  }

  override drain(limit = Number.POSITIVE_INFINITY): number {
    const { source, ruleset, event, onMatch, matches, seen, join } = this;
    const began = performance.now();
    let taken = 0;
    let { sample } = this;
    while (taken < limit && source.next(event)) {
      taken++;
      seen[event.type]!++;
      if (this.first) {
        this.first = false;
        event.firstTime = event.time;
      }
      event.thread = undefined;
      event.fd = undefined;
      event.fdNum = -1;
      join?.(event);
      if (event.thread !== undefined) this.joined++;
      if (ruleset.wanted[event.type] !== 1) continue;
      if (sample !== undefined) {
        sample(event);
        sample = undefined;
      }
      const found = ruleset.match(event);
      for (let i = 0; i < found.length; i++) {
        matches[found[i]!]!++;
        onMatch(found[i]!, event);
      }
    }
    this.events += taken;
    this.busy += performance.now() - began;
    return taken;
  }
}
