import { EventCode } from "../event/code.ts";
import type { Document } from "../event/document.ts";
import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { writeEvent } from "../event/write.ts";
import type { Source } from "./source.ts";

/** Takes documents for judgement. */
export interface Intake {
  /**
   * Takes all of the documents or none.
   * @returns undefined where there is no room for them now: they are to be offered again later. Otherwise a promise
   * that settles when every one was judged and its alerts are in the journal; only then their sender may forget them.
   * It never rejects, and never settles for what was not judged before the end.
   */
  offer(documents: readonly Document[]): Promise<void> | undefined;
  /** Documents that were taken and not judged yet. */
  readonly waiting: number;
}

/** A source of documents that others bring. */
export interface Inbox extends Source, Intake {
  /** Documents that {@link Source.next} gave so far. */
  readonly given: number;
  /** True where the first that waits is held back (see {@link InboxLimits.hold}). */
  readonly held: boolean;
  /**
   * To be called when the alerts of everything that {@link Source.next} gave so far are in the journal.
   * @param given of so many at least, where it has given more since
   */
  settle(given?: number): void;
}

export interface InboxLimits {
  /** Documents that may wait. */
  readonly most: number;
  /** Bytes of theirs, roughly. */
  readonly mostBytes?: number;
  /** Called when documents have come, and when one is held back no longer. */
  readonly arrived?: () => void;
  /**
   * For how many milliseconds a document had better wait, and those behind it; 0: it is to be judged now. Asked anew
   * each time that it could be judged.
   */
  readonly hold?: (document: Document) => number;
}

const MiB = 1 << 20;
/** What a document of unknown size is taken to be. */
const USUAL_SIZE = 2048;
/** Memory behind an event's block, as whoever reads parameters expects it. */
const BEHIND = 16;

/** An offer whose sender waits for word. */
interface Pending {
  /** How many documents have to be given for it. */
  readonly end: number;
  readonly settle: () => void;
}

/**
 * Opens a box for documents.
 * @param name of the source, as rules write it
 */
export function openInbox(name: string, limits: InboxLimits): Inbox {
  const { most, mostBytes = 64 * MiB, arrived, hold } = limits;
  const block = writeEvent(EventCode.PLUGINEVENT_E, -1, 0n, []);
  const bytes = new Uint8Array(block.length + BEHIND);
  bytes.set(block);
  const view = new DataView(bytes.buffer);
  /** What waits, from `head` on. */
  let queue: (Document | undefined)[] = [];
  let head = 0;
  let queuedBytes = 0;
  let given = 0;
  let pending: Pending[] = [];
  let closed = false;
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  /** Whether a document is to wait; then there is a call when it has waited. */
  function holdsBack(document: Document): boolean {
    const rest = hold?.(document) ?? 0;
    if (rest > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        held = false;
        arrived?.();
      }, rest);
    }
    return rest > 0;
  }

  return {
    name,
    get held() {
      return held;
    },
    get waiting() {
      return queue.length - head;
    },
    get given() {
      return given;
    },
    snapshot(_sink: SnapshotSink): void {},
    offer(documents) {
      if (closed) return undefined;
      let size = 0;
      for (const document of documents) size += document.size ?? USUAL_SIZE;
      const waiting = queue.length - head;
      // What is larger than the box must fit once, or it never would.
      const fits = waiting + documents.length <= most && queuedBytes + size <= mostBytes;
      if (!fits && waiting > 0) return undefined;
      if (documents.length === 0) return Promise.resolve();
      for (const document of documents) queue.push(document);
      queuedBytes += size;
      const end = given + queue.length - head;
      const judged = new Promise<void>((settle) => pending.push({ end, settle }));
      arrived?.();
      return judged;
    },
    next(event: Event): boolean {
      const document = queue[head];
      if (document === undefined) return false;
      held = hold !== undefined && holdsBack(document);
      if (held) return false;
      queue[head++] = undefined;
      if (head === queue.length || head > 4096) {
        queue = queue.slice(head);
        head = 0;
      }
      queuedBytes -= document.size ?? USUAL_SIZE;
      view.setBigUint64(0, document.time, true);
      event.place(bytes, view, 0, 0, 4);
      event.num = ++given;
      event.document = document.value;
      event.host = document.host;
      event.kind = document.kind;
      return true;
    },
    settle(upTo = given) {
      let done = 0;
      while (done < pending.length && pending[done].end <= upTo) pending[done++].settle();
      if (done > 0) pending = pending.slice(done);
    },
    close() {
      closed = true;
      held = false;
      clearTimeout(timer);
      queue = [];
      head = 0;
      queuedBytes = 0;
      pending = [];
    },
  };
}
