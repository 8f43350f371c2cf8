import { EventCode } from "../event/code.ts";
import type { Document } from "../event/document.ts";
import type { Event } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { eventTime } from "../event/timestamp.ts";
import { writeEvent } from "../event/write.ts";
import type { IdentityLog } from "./identity-log.ts";
import type { Identify } from "./reader.ts";
import { rememberDocuments } from "./repeated.ts";
import type { Source } from "./source.ts";

/** Accepts documents for evaluation. */
export interface Intake {
  /**
   * Accepts all of the documents or none.
   * @returns undefined if the inbox is full, in which case the caller must retry, or closed; otherwise a promise that
   * resolves when all documents are evaluated and their alerts are in the journal. The caller can then acknowledge the
   * documents to the sender. The promise never rejects, and remains pending if the inbox closes first.
   */
  offer(documents: readonly Document[]): Promise<void> | undefined;
  /** Number of accepted documents that have not been evaluated yet. */
  readonly waiting: number;
}

/** A queue of documents between the feeds of a source and its engine. */
export interface Inbox extends Source, Intake {
  /** Number of documents that {@link Source.next} has returned. */
  readonly given: number;
  /** Whether the first document in the queue is held (see {@link InboxLimits.hold}). */
  readonly held: boolean;
  /**
   * Number of document identities that were removed too early to recognize repetitions; undefined if the documents have
   * no identities.
   */
  readonly forgotten: number | undefined;
  /**
   * Acknowledges documents whose alerts are in the journal.
   * @param given number of documents whose alerts are in the journal; default: all documents that
   * {@link Source.next} has returned
   */
  settle(given?: number): void;
}

export interface InboxLimits {
  /** Maximum number of documents in the queue. A submission to an empty queue may exceed it. */
  readonly most: number;
  /** Approximate maximum total size of the documents, in bytes, with the same exception. */
  readonly mostBytes?: number;
  /** Called when documents arrive, and when the time for which a document is held ends. */
  readonly arrived?: () => void;
  /**
   * Returns the time for which a document and all later documents are held, in milliseconds; 0 to evaluate the document
   * now. Called on each attempt to evaluate the document.
   */
  readonly hold?: (document: Document) => number;
  /** Returns the identity of a document. Documents with a known identity are accepted but not evaluated again. */
  readonly identify?: Identify;
  /** Stores the identities of evaluated documents. */
  readonly identities?: IdentityLog | undefined;
  /** Maximum number of identities per generation. */
  readonly remembered?: number | undefined;
}

const MiB = 1 << 20;
/** Assumed size in bytes of a document without a size. */
const USUAL_SIZE = 2048;
/** Number of bytes after an event that the parameter decoders may read. */
const BEHIND = 16;

/** Accepted documents that have not been acknowledged yet. */
interface Pending {
  /** Number of settled documents at which this submission is acknowledged. */
  readonly end: number;
  readonly settle: () => void;
}

/**
 * Opens an inbox.
 * @param name name of the source in rules
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
  /** Number of documents that are settled. */
  let settled = 0;
  let pending: Pending[] = [];
  let closed = false;
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  /** Whether a document is held; calls `arrived` when the hold ends. */
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
      // An empty inbox accepts any number of documents, since a submission larger than the limits would never fit.
      const fits = waiting + documents.length <= most && queuedBytes + size <= mostBytes;
      if (!fits && waiting > 0) return undefined;
      const fresh = repeated?.without(documents) ?? documents;
      for (const document of fresh) {
        queue.push(document);
        queuedBytes += document.size ?? USUAL_SIZE;
      }
      // The first copy of a repeated document may not be evaluated yet.
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
      // A time with more than 63 bits could not be stored in the journal.
      view.setBigUint64(0, eventTime(document.time) ?? BigInt(Date.now()) * 1_000_000n, true);
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
