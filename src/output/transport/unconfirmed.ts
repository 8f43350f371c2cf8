/**
 * What was written to a connection a short while ago. Whoever reads there doesn't say so; when the connection breaks, what was
 * still under way, or in the reader's buffers, is gone with it and has to be written again.
 */
export interface Unconfirmed {
  add(message: Buffer): void;
  /** The connection broke: what of it may not have been read. It is kept until {@link Unconfirmed.confirm}. */
  messages(): readonly Buffer[];
  /** All of them were written again just now. */
  resent(): void;
  /** How many there are, of a connection that is in order. */
  count(): number;
  /** What was written so many milliseconds ago, or earlier, has been read. */
  confirm(age: number): void;
}

/** A reader's buffers and ours hold no more than some megabytes. */
const MOST_BYTES = 4 << 20;
/** Milliseconds after which a message counts as read. */
const LONGEST = 60_000;

export function unconfirmedMessages(now: () => number = Date.now): Unconfirmed {
  let messages: { readonly message: Buffer; readonly at: number }[] = [];
  let first = 0;
  let bytes = 0;

  function drop(): void {
    const old = now() - LONGEST;
    for (let next = messages[first]; next && (bytes > MOST_BYTES || next.at < old); next = messages[first]) {
      bytes -= next.message.length;
      first++;
    }
    if (first < 1000 && first < messages.length) return;
    messages = messages.slice(first);
    first = 0;
  }

  return {
    add(message) {
      messages.push({ message, at: now() });
      bytes += message.length;
      drop();
    },
    messages() {
      return messages.slice(first).map(({ message }) => message);
    },
    resent() {
      messages = messages.slice(first).map(({ message }) => ({ message, at: now() }));
      first = 0;
    },
    count() {
      drop();
      return messages.length - first;
    },
    confirm(age) {
      const old = now() - age;
      messages = messages.slice(first).filter(({ at }) => at > old);
      first = 0;
      bytes = messages.reduce((sum, { message }) => sum + message.length, 0);
    },
  };
}
