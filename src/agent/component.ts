import type { Loaded } from "./load/load.ts";

/** A part of the running agent. The `open…` function of its module makes it from what was loaded, or throws a Failure. */
export interface Component {
  /** Switches to another configuration and ruleset, between two events: none is evaluated until it settles. */
  apply?(next: Loaded): void | Promise<void>;
  /** Releases what it holds; a second call does nothing more. */
  close(): void | Promise<void>;
}

/** Components in the order in which they were opened. */
export class Components implements Component {
  private readonly opened: Component[] = [];

  add<Opened extends Component>(component: Opened): Opened {
    this.opened.push(component);
    return component;
  }

  async apply(next: Loaded): Promise<void> {
    for (const component of this.opened) await component.apply?.(next);
  }

  /** Closes all of them, the last opened first. */
  async close(): Promise<void> {
    for (let component = this.opened.pop(); component !== undefined; component = this.opened.pop())
      await component.close();
  }
}
