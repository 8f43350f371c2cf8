/** Maximum number of entries of the browser's history for which a view is remembered. */
const MAX_ENTRIES = 20;

/** Remembers the state of a view by entry of the browser's history, for when the user goes back to it. */
export class EntryMemory<T> {
  private readonly states = new Map<string, T>();

  recall(entry: string): T | undefined {
    return this.states.get(entry);
  }

  remember(entry: string, state: T): void {
    this.states.delete(entry);
    this.states.set(entry, state);
    const [oldest] = this.states.keys();
    if (oldest !== undefined && this.states.size > MAX_ENTRIES) this.states.delete(oldest);
  }
}
