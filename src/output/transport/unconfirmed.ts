/**
 * Recently written messages on a connection without acknowledgements. When the connection breaks, messages in flight or
 * in the receiver's buffers are lost and must be sent again.
 */
export interface Unconfirmed {
  add(message: Buffer): void;
  /** Messages that may have been unread when the connection broke. */
  messages(): readonly Buffer[];
  /** Reports that all messages have been sent again. */
  resent(): void;
  /** Number of unconfirmed messages on a working connection. */
  count(): number;
  /** Confirms messages that were written at least `age` milliseconds ago. */
  confirm(age: number): void;
}

/** Maximum number of bytes in the buffers of the sender and the receiver. */
const MOST_BYTES = 4 << 20;
/**
 * Time after which a message always counts as read, in milliseconds. Longer than the time after which a connection
 * breaks if the peer has disappeared.
 */
const LONGEST = 60_000;

export function unconfirmedMessages(now: () => number = () => performance.now()): Unconfirmed {
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
