import type { Machine } from "../machine/machine.ts";
import type { Observed } from "../machine/observed.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine, type OnMatch } from "./engine.ts";

/**
 * Sets the thread of a document event to the process that the document is about, before rules are evaluated. The thread
 * must belong to the machine of the event.
 */
export type Join = (event: Observed) => void;

/**
 * Evaluates the events of a document source. Documents do not change the state of the machine, which another engine may
 * update.
 */
export class DocumentEngine extends Engine {
  /** Number of events whose thread {@link Join} set. */
  joined = 0;
  private readonly join: Join | undefined;
  private first = true;

  constructor(source: Source, machine: Machine, ruleset: Ruleset, onMatch: OnMatch, join?: Join) {
    super(source, machine, ruleset, onMatch);
    this.join = join;
    this.event.source = source.name;
  }

  override drain(limit = Number.POSITIVE_INFINITY): number {
    const { source, ruleset, event, seen, join } = this;
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
      for (let i = 0; i < found.length; i++) this.raise(found[i]!, event);
    }
    this.events += taken;
    this.busy += performance.now() - began;
    return taken;
  }
}
