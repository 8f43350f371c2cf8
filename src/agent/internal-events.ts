import type { InternalEvent } from "../alert/internal.ts";
import type { Component } from "./component.ts";

/** Maximum number of events that wait for a session. */
const MAX_WAITING = 1000;

/**
 * Events of components that stay open across sessions, such as the web UI. The current session raises an alert for
 * each event.
 */
export class InternalEvents {
  private readonly waiting: InternalEvent[] = [];
  private raise: ((event: InternalEvent) => void) | undefined;

  readonly add = (event: InternalEvent): void => {
    if (this.raise !== undefined) this.raise(event);
    else if (this.waiting.length < MAX_WAITING) this.waiting.push(event);
  };

  /** Passes waiting and new events to `raise` until the returned component is closed. */
  open(raise: (event: InternalEvent) => void): Component {
    this.raise = raise;
    for (const event of this.waiting.splice(0)) raise(event);
    return {
      close: () => {
        if (this.raise === raise) this.raise = undefined;
      },
    };
  }
}
