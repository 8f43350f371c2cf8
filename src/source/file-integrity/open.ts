import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromByteString } from "../../event/bytes.ts";
import type { Document, JsonObject } from "../../event/document.ts";
import { currentPackages, onPackages } from "../../identity/packages/current.ts";
import type { Thread } from "../../machine/thread.ts";
import { defaultsOf, type Settings } from "../../setting/shape.ts";
import { type Supervised, supervise } from "../../worker/supervise.ts";
import { countAccepted, countRejected, newCounts } from "../feed.ts";
import { measure } from "../measure.ts";
import type { FeedContext, FeedRequest, OpenFeed } from "../origin/descriptor.ts";
import type { WatchOrigin } from "../origin/watch.ts";
import { closeDescriptor, wake, wakeDescriptor } from "../syscall/libc.ts";
import type { Attributed } from "./attribution.ts";
import {
  documentOf,
  mountDocument,
  removalDocument,
  type Transaction,
  transactionDocument,
  troubleDocument,
} from "./document.ts";
import { keys } from "./keys.ts";
import type { Change, Removal, WatchCommand, WatchCounts, WatchData, WatchMessage } from "./messages.ts";

/**
 * Time without a change after which a package manager's transaction is complete, and its maximum duration, in
 * milliseconds.
 */
const [TRANSACTION_QUIET, TRANSACTION_LONGEST] = [10_000, 300_000];
/** Number of changes at which a package manager's transaction ends. */
const MAX_TRANSACTION = 20_000;
/** Maximum number of documents waiting for the engine. */
const MAX_WAITING = 50_000;
const RETRY = 100;
/** Interval between checks of whether the processes that made changes are known, in milliseconds. */
const ATTRIBUTED_CHECK = 50;
const CLOSE_TIMEOUT = 5000;
/** Upper limits of the worker's heap and of its young generation, in MiB. */
const [MAX_HEAP, MAX_YOUNG] = [256, 2];
const MAX_DOCUMENT = 1 << 20;

const UNKNOWN: Attributed = { lineage: [], seen: undefined, manager: undefined };

type FileIntegritySettings = Settings<typeof keys>;

/** A report from the worker, and the numbers of the actors in it. */
interface Report {
  readonly actors: readonly number[];
  readonly give: () => void;
}

/** A change by a package manager. */
interface Pending {
  readonly change: Change;
  readonly who: Attributed;
}

/** Opens the feed of file changes on this machine. */
export function openChanges(
  { settings, intake, origin }: FeedRequest<WatchOrigin, object>,
  context: FeedContext,
): OpenFeed {
  // Other sources with this origin lack the keys of `file_integrity`.
  return new Changes({ ...defaultsOf(keys), ...settings }, intake, origin.text, context);
}

class Changes implements OpenFeed {
  readonly counts;
  private readonly intake;
  private readonly context: FeedContext;
  private readonly settings: FileIntegritySettings;
  private readonly worker: Supervised<WatchCommand>;
  private readonly wakeFd: number;
  private readonly endSharing: () => void;
  private waiting: Document[] = [];
  private retry: NodeJS.Timeout | undefined;
  /** Reports from the worker whose processes may not be known yet, oldest first. */
  private held: Report[] = [];
  private release: NodeJS.Timeout | undefined;
  private transaction: Pending[] = [];
  private transactionBegan = 0;
  private transactionTimer: NodeJS.Timeout | undefined;
  private readonly verifying = new Map<number, readonly Pending[]>();
  private verifications = 0;
  private closed = false;
  /** Latest counters and sizes from the worker. */
  watch: WatchCounts | undefined;

  constructor(settings: FileIntegritySettings, intake: FeedRequest["intake"], from: string, context: FeedContext) {
    this.settings = settings;
    this.intake = intake;
    this.context = context;
    this.counts = newCounts(from);
    this.wakeFd = wakeDescriptor();
    const data = this.data();
    try {
      mkdirSync(dirname(data.baseline), { recursive: true, mode: 0o700 });
    } catch (error) {
      this.counts.trouble = `the baseline cannot be stored: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.worker = supervise<WatchCommand, WatchMessage>({
      url: new URL("./worker.ts", import.meta.url),
      data: () => ({ ...data, packages: currentPackages() }),
      onMessage: (message) => this.attempt(() => this.take(message)),
      onFailure: (reason) => {
        this.counts.trouble = `the worker that watches files has failed: ${reason}`;
        this.giveHeld(); // the actor numbers of the next worker start at 1 too
        this.giveUnverified();
      },
      restartAfter: 5000,
      closeTimeout: CLOSE_TIMEOUT,
      maxHeap: MAX_HEAP,
      maxYoung: MAX_YOUNG,
    });
    this.worker.unref();
    this.endSharing = onPackages((packages) => {
      if (this.worker.send({ kind: "packages", packages })) wake(this.wakeFd);
    });
  }

  private data(): WatchData {
    const { settings, context } = this;
    return {
      baseline: settings.baseline || join(context.state, "file-integrity.db"),
      hostRoot: context.hostRoot ?? "/",
      paths: settings.paths,
      defaults: settings.default_paths,
      removals: settings.removals,
      exclude: settings.exclude,
      maxDirectories: settings.max_directories,
      maxFiles: settings.max_files,
      maxHash: settings.max_hash_size,
      hashRate: settings.hash_rate,
      quiet: settings.quiet,
      longest: settings.longest,
      scanInterval: settings.scan_interval,
      managers: settings.config_managers,
      wake: this.wakeFd,
    };
  }

  private take(message: Exclude<WatchMessage, { readonly kind: "closed" }>): void {
    const { attribution } = this.context;
    if (message.kind === "actors") attribution?.noteActors(message.actors);
    else if (message.kind === "runs") attribution?.noteRuns(message.runs);
    else if (message.kind === "changes")
      for (const change of message.changes) this.hold({ actors: change.actors, give: () => this.changed(change) });
    else if (message.kind === "removals")
      for (const removal of message.removals) this.hold({ actors: removal.actors, give: () => this.removed(removal) });
    else if (message.kind === "mounts")
      for (const mount of message.mounts) this.give(mountDocument(mount, message.time), []);
    else if (message.kind === "verified") this.verified(message);
    else if (message.kind === "counts") {
      this.watch = message.counts;
      this.counts.bytes = message.counts.hashedBytes;
    } else if (message.kind === "baseline") this.scanned(message);
    else this.troubled(message.what, message.reason);
  }

  /**
   * Runs a step of the processing of a message. An error in it would end the agent, and messages contain data of files
   * and processes of any user.
   */
  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.counts.trouble = `the worker's message could not be processed: ${reason}`; // until the next complete scan
      countRejected(this.counts, "failed");
    }
  }

  /** Passes a report to the engine as soon as the processes of this report and of earlier reports are known. */
  private hold(report: Report): void {
    if (this.held.length >= MAX_WAITING) this.giveHeld(); // without their processes, if they are still unknown
    this.held.push(report);
    if (this.held.length === 1) this.giveAttributed();
  }

  private giveAttributed(): void {
    clearTimeout(this.release);
    const { attribution } = this.context;
    const first = this.held.findIndex(({ actors }) => attribution?.areSettled(actors) === false);
    for (const report of this.held.splice(0, first < 0 ? this.held.length : first)) this.attempt(report.give);
    if (this.held.length > 0) this.release = setTimeout(() => this.giveAttributed(), ATTRIBUTED_CHECK).unref();
  }

  private giveHeld(): void {
    clearTimeout(this.release);
    for (const report of this.held.splice(0)) this.attempt(report.give);
  }

  private scanned({ entries, seconds, first }: Extract<WatchMessage, { readonly kind: "baseline" }>): void {
    if (this.counts.trouble?.startsWith("the worker") === true) this.counts.trouble = undefined;
    if (!first) return;
    const what = `recorded ${entries} files as the file integrity baseline`;
    this.context.note?.(`${what} in ${Math.ceil(seconds)} s`);
    this.give(troubleDocument("baseline", `no baseline existed; ${what} in their current state`, Date.now()), []);
  }

  private troubled(what: string, reason: string): void {
    if (what === "failed") this.counts.trouble = reason;
    else this.context.warn(reason, "file_integrity");
    if (what !== "failed") this.give(troubleDocument(what, reason, Date.now()), []);
    else countRejected(this.counts, what);
  }

  private changed(change: Change): void {
    const who = this.context.attribution?.of(change.actors, change.moreActors) ?? UNKNOWN;
    if (who.manager?.kind !== "package") {
      this.give(documentOf(change, who), who.lineage);
      return;
    }
    if (this.transaction.length === 0) this.transactionBegan = performance.now();
    this.transaction.push({ change, who });
    clearTimeout(this.transactionTimer);
    const isLong = performance.now() - this.transactionBegan > TRANSACTION_LONGEST;
    if (isLong || this.transaction.length >= MAX_TRANSACTION) this.verify();
    else this.transactionTimer = setTimeout(() => this.attempt(() => this.verify()), TRANSACTION_QUIET).unref();
  }

  private removed(removal: Removal): void {
    const { actors, moreActors, path, isOrdered } = removal;
    const found = this.context.attribution?.of(actors, moreActors, path) ?? UNKNOWN;
    const who = isOrdered ? found : { ...found, manager: undefined };
    this.give(removalDocument(removal, who), who.lineage);
  }

  /** Ends the current transaction and requests a comparison of its files with the package database. */
  private verify(): void {
    clearTimeout(this.transactionTimer);
    const { transaction } = this;
    if (transaction.length === 0) return;
    this.transaction = [];
    const id = ++this.verifications;
    this.verifying.set(id, transaction);
    const changes = transaction.map(({ change }) => change);
    if (this.worker.send({ kind: "verify", id, changes })) wake(this.wakeFd);
    else this.verified({ id, packages: [], rest: changes });
  }

  private verified({ id, packages, rest }: Omit<Extract<WatchMessage, { readonly kind: "verified" }>, "kind">): void {
    const transaction = this.verifying.get(id) ?? [];
    this.verifying.delete(id);
    const byPath = new Map(transaction.map((each) => [each.change.path, each]));
    for (const change of rest) {
      const who = byPath.get(change.path)?.who ?? UNKNOWN;
      this.give(documentOf(change, who), who.lineage);
    }
    const [first] = transaction;
    if (first === undefined) return;
    const summary: Transaction = {
      packages: packages.slice(0, 100),
      files: transaction.length,
      manager: fromByteString(first.who.manager?.paths[0] ?? ""),
    };
    this.give(transactionDocument(summary, Date.now()), first.who.lineage);
  }

  /** Reports the changes of transactions whose comparison will not be completed. */
  private giveUnverified(): void {
    for (const [id, transaction] of this.verifying)
      this.verified({ id, packages: [], rest: transaction.map(({ change }) => change) });
  }

  private give(value: JsonObject, lineage: readonly Thread[]): void {
    if (this.closed) return;
    if (this.waiting.length >= MAX_WAITING) {
      countRejected(this.counts, "buffer_full");
      return;
    }
    this.context.attribution?.keep(value, lineage);
    const size = measure(value, MAX_DOCUMENT);
    this.waiting.push({ time: timeOf(value), value, ...(typeof size === "number" && { size }) });
    this.offer();
  }

  private offer(): void {
    clearTimeout(this.retry);
    const documents = this.waiting;
    if (documents.length === 0) return;
    if (this.intake.offer(documents) === undefined) {
      this.retry = setTimeout(() => this.offer(), RETRY).unref();
      return;
    }
    this.waiting = [];
    countAccepted(this.counts, documents);
  }

  async close(): Promise<void> {
    this.endSharing();
    this.verify();
    const closing = this.worker.close({ kind: "close" });
    wake(this.wakeFd);
    await closing;
    this.giveHeld();
    this.verify(); // report changes that the worker completed while closing
    this.giveUnverified();
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.transactionTimer);
    closeDescriptor(this.wakeFd);
  }
}

function timeOf({ time }: JsonObject): bigint {
  return BigInt(Date.parse(typeof time === "string" ? time : "")) * 1_000_000n;
}
