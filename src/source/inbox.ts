import { EventCode } from "../event/code.ts";
import type { Document } from "../event/document.ts";
import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { writeEvent } from "../event/write.ts";
import type { IdentityLog } from "./identity-log.ts";
import type { Identify } from "./reader.ts";
import { rememberDocuments } from "./repeated.ts";
import type { Source } from "./source.ts";

/** Accepts documents for evaluation. */
export interface Intake {
  /**
   * Accepts all of the documents or none.
   * @returns undefined if there is no room for them now: they have to be offered again. Otherwise a promise that
   * settles once all are evaluated and their alerts are in the journal, so that their sender can be acknowledged. It
   * never rejects, and never settles for documents that are not evaluated before the inbox closes.
   */
  offer(documents: readonly Document[]): Promise<void> | undefined;
  /** Documents that are accepted and not evaluated yet. */
  readonly waiting: number;
}

/** A queue of documents between the feeds of a source and its engine. */
export interface Inbox extends Source, Intake {
  /** Documents that {@link Source.next} has returned. */
  readonly given: number;
  /** Whether the first document in the queue is held (see {@link InboxLimits.hold}). */
  readonly held: boolean;
  /** Documents that were forgotten too early to recognize a repetition; undefined without identities. */
  readonly forgotten: number | undefined;
  /**
   * Acknowledges documents whose alerts are in the journal.
   * @param given number of documents, of those that {@link Source.next} has returned; absent: all
   */
  settle(given?: number): void;
}

export interface InboxLimits {
  /** Maximum number of documents in the queue. */
  readonly most: number;
  /** Maximum of their bytes, roughly. */
  readonly mostBytes?: number;
  /** Called when documents have arrived, and when one is no longer held. */
  readonly arrived?: () => void;
  /**
   * Milliseconds to hold a document, and those behind it; 0: evaluate it now. Called each time that it could be
   * evaluated.
   */
  readonly hold?: (document: Document) => number;
  /** Documents with an identity that was seen before are accepted and not evaluated again. */
  readonly identify?: Identify;
  /** Keeps the identities of evaluated documents. */
  readonly identities?: IdentityLog | undefined;
  /** Maximum documents of a generation that are remembered. */
  readonly remembered?: number | undefined;
}

const MiB = 1 << 20;
/** Assumed size of a document of unknown size. */
const USUAL_SIZE = 2048;
/** Bytes behind an event's block that readers of parameters may touch. */
const BEHIND = 16;

/** Accepted documents that are not acknowledged yet. */
interface Pending {
  /** The number of returned documents at which it is acknowledged. */
  readonly end: number;
  readonly settle: () => void;
}

/**
 * Opens an inbox.
 * @param name of the source, as rules write it
 */
export function openInbox(name: string, limits: InboxLimits): Inbox {
  const { most, mostBytes = 64 * MiB, arrived, hold, identify, identities, remembered } = limits;
  const repeated = identify && rememberDocuments(identify, { log: identities, most: remembered });
  const block = writeEvent(EventCode.PLUGINEVENT_E, -1, 0n, []);
  const bytes = new Uint8Array(block.length + BEHIND);
  bytes.set(block);
  const view = new DataView(bytes.buffer);
  /** The queued documents, from `head` on. */
  let queue: (Document | undefined)[] = [];
  let head = 0;
  let queuedBytes = 0;
  let given = 0;
  /** Returned documents that are acknowledged. */
  let settled = 0;
  let pending: Pending[] = [];
  let closed = false;
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  /** Whether a document is held; `arrived` is called when the time is over. */
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
    get forgotten() {
      return repeated?.forgotten;
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
      // A larger request than the inbox must fit when it is empty, or it never would.
      const fits = waiting + documents.length <= most && queuedBytes + size <= mostBytes;
      if (!fits && waiting > 0) return undefined;
      const fresh = repeated?.without(documents) ?? documents;
      for (const document of fresh) {
        queue.push(document);
        queuedBytes += document.size ?? USUAL_SIZE;
      }
      // The first of repeated documents may still be in evaluation.
      const end = given + queue.length - head;
      if (documents.length === 0 || end <= settled) return Promise.resolve();
      const evaluated = new Promise<void>((settle) => pending.push({ end, settle }));
      arrived?.();
      return evaluated;
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
      event.identify = identify;
      return true;
    },
    settle(upTo = given) {
      repeated?.settle(Math.max(0, upTo - settled));
      settled = Math.max(settled, upTo);
      let done = 0;
      for (const { end, settle } of pending) {
        if (end > upTo) break;
        settle();
        done++;
      }
      if (done > 0) pending = pending.slice(done);
    },
    close() {
      closed = true;
      repeated?.close();
      held = false;
      clearTimeout(timer);
      queue = [];
      head = 0;
      queuedBytes = 0;
      pending = [];
    },
  };
}
