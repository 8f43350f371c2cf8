import type { Loaded } from "./load/load.ts";

/**
 * A part of the running agent. Each component's module exports an `open…` function, which throws a Failure on error.
 */
export interface Component {
  /** Applies a new configuration and ruleset. No event is evaluated until the returned promise settles. */
  apply?(next: Loaded): void | Promise<void>;
  /** Releases resources; a second call has no effect. */
  close(): void | Promise<void>;
}

/** The opened components, in the order in which they were opened. */
export class Components implements Component {
  private readonly opened: Component[] = [];

  add<Opened extends Component>(component: Opened): Opened {
    this.opened.push(component);
    return component;
  }

  async apply(next: Loaded): Promise<void> {
    for (const component of this.opened) await component.apply?.(next);
  }

  /** Closes all components in reverse order. */
  async close(): Promise<void> {
    for (let component = this.opened.pop(); component !== undefined; component = this.opened.pop())
      await component.close();
  }
}
