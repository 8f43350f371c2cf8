import { setTimeout as wait } from "node:timers/promises";
import type { InternalEvent } from "../../alert/internal.ts";
import { DocumentEngine } from "../../engine/document-engine.ts";
import type { Document } from "../../event/document.ts";
import type { Joiner } from "../../machine/join.ts";
import type { Machine } from "../../machine/machine.ts";
import type { LargeBody } from "../../server/intake.ts";
import { closeAll } from "../../source/feed.ts";
import type { Attribution } from "../../source/file-integrity/attribution.ts";
import { holdUntilKnown } from "../../source/hold.ts";
import { type Inbox, type InboxLimits, openInbox } from "../../source/inbox.ts";
import type { OpenFeed } from "../../source/origin/descriptor.ts";
import type { Origin } from "../../source/origin/parse.ts";
import type { Log } from "../../telemetry/log.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import type { Component } from "../component.ts";
import type { OnMatch } from "../folding.ts";
import { withFirstToken } from "../intake/first-token.ts";
import { changedKeys } from "../load/changed.ts";
import type { Loaded } from "../load/load.ts";
import type { MemoryPlan } from "../memory/plan.ts";
import type { DocumentSource, ListenerCounts } from "../metrics/state.ts";
import { hostRoot } from "../sensor/host-root.ts";
import { type ConfiguredFeed, openFeeds, positionsFile } from "./feeds.ts";
import type { KnownRoles } from "./known-roles.ts";
import { type LargeBodies, openLargeBodies } from "./large-bodies.ts";
import {
  enabledSources,
  hasFlows,
  hasProcesses,
  hasSessions,
  keysOf,
  originsOf,
  readerFor,
  sourceSettings,
} from "./settings.ts";

/** Maximum number and total size, in bytes, of the events in the inbox of a source. */
const MAX_WAITING = 16_384;
const MAX_WAITING_BYTES = 64 << 20;
/** Maximum time to wait for the lists of roles and namespaces at startup, in milliseconds. */
const LISTING = 5000;
/** Evaluation time per turn in milliseconds, and maximum number of events of a source between reads of the clock. */
const SLICE = 4;
const STRIDE = 16;

export interface DocumentSourcesOptions {
  readonly machine: Machine;
  readonly match: OnMatch;
  /** Called when events have arrived. */
  readonly arrived: () => void;
  readonly raiseInternal: (event: InternalEvent) => void;
  readonly log: Log;
  /** Whether events are joined with the processes of their network flows, which are known from system call events. */
  readonly joins: boolean;
  /** Returns the time of the oldest system call that has not been evaluated (see {@link Attribution}). */
  readonly oldestUnread?: (() => number | undefined) | undefined;
  /** Buffer and cache sizes that fit within the memory limit. */
  readonly memory?: MemoryPlan | undefined;
}

/** A document source with its inbox and its engine. */
interface One extends DocumentSource {
  readonly inbox: Inbox;
  readonly engine: DocumentEngine;
  open: readonly OpenFeed[];
}

/**
 * Opens the document sources of the configuration.
 * @throws Failure if a source cannot be opened
 */
export async function openDocumentSources(
  first: Pick<Loaded, "config" | "rules">,
  options: DocumentSourcesOptions,
): Promise<DocumentSources> {
  const sources = new DocumentSources(first, options);
  await sources.open();
  return sources;
}

/** The document sources, each with a separate engine. */
export class DocumentSources implements Component {
  private readonly all = new Map<string, One>();
  /** Number of events that had been taken from each inbox at the last call of `mark`. */
  private readonly marked = new Map<Inbox, number>();
  /** Resolves when pending opening and closing of feeds is complete. */
  private changing = Promise.resolve();
  /** Whether the feeds could not be opened, so that the next {@link apply} must open them. */
  private hasFailed = false;
  private joiner: Promise<Joiner> | undefined;
  private attribution: Attribution | undefined;
  private roles: KnownRoles | undefined;
  private current: Pick<Loaded, "config" | "rules">;
  private readonly options: DocumentSourcesOptions;
  private readonly largeBodies: LargeBodies;

  constructor(first: Pick<Loaded, "config" | "rules">, options: DocumentSourcesOptions) {
    this.current = first;
    this.options = options;
    this.largeBodies = openLargeBodies(options.raiseInternal);
  }

  async open(): Promise<void> {
    const { config } = this.current;
    const { log } = this.options;
    const filesOff = this.filesOff();
    const requests: ConfiguredFeed[] = [];
    this.roles = undefined;
    for (const source of enabledSources(config)) {
      if (filesOff !== undefined && this.allowed(source).some(isAutomatic)) log(filesOff);
      if (this.wanted(source).length === 0) continue;
      const { inbox } = await this.one(source);
      const settings = sourceSettings(config, source);
      const reader = await readerFor(config, source);
      if (reader.use !== undefined) reader.use(await this.openRoles());
      for (const origin of this.wanted(source)) {
        const keys = keysOf(source);
        const own = origin.kind === "http" ? withFirstToken(settings, origin.host, config, keys) : settings;
        if (own !== settings) log(logLines.firstToken(origin.text, own.token_file, keys));
        const bodyTooLarge = (body: LargeBody): void => this.largeBodies.add(source, origin.text, body);
        requests.push({ source, origin, keys, settings: own, reader, intake: inbox, bodyTooLarge });
      }
    }
    const feeds = await openFeeds(requests, config, log, { hostRoot, attribution: this.attribution });
    for (const one of this.all.values()) one.open = feeds.filter((_, i) => requests[i]?.source === one.source);
    for (const [i, { source }] of requests.entries()) {
      const feed = feeds[i];
      if (feed !== undefined) log(logLines.receivingEvents(source, feed.url ?? feed.counts.from));
    }
  }

  /** Configured origins of a source. Default directories of this machine are included only if the source has rules. */
  private allowed(source: string): readonly Origin[] {
    const { config, rules } = this.current;
    const hasRules = rules.of(source).ruleset.rules.length > 0;
    return originsOf(config, source).filter((origin) => hasRules || !isAutomatic(origin));
  }

  /**
   * Origins of a source to open. Default directories of this machine are omitted while {@link filesOff} returns a
   * reason.
   */
  private wanted(source: string): readonly Origin[] {
    const watches = this.filesOff() === undefined;
    return this.allowed(source).filter((origin) => watches || !isAutomatic(origin));
  }

  /** Returns the reason why default directories of this machine are not watched; undefined if they are watched. */
  private filesOff(): LogLine | undefined {
    const { memory } = this.options;
    if (memory?.files === false) return logLines.filesNotWatched(memory.neededWithFiles);
    const { paths, removals } = this.current.config.sources.file_integrity;
    // In a container, the default paths are directories of the image.
    const isContained = /[^/]/.test(hostRoot);
    return isContained && paths.length + removals.length === 0 ? logLines.filesOfMachine(hostRoot) : undefined;
  }

  /** Names of the enabled sources that have at least one origin to open. */
  get watched(): readonly string[] {
    return enabledSources(this.current.config).filter((source) => this.wanted(source).length > 0);
  }

  /** Total number of origins to open. */
  private get origins(): number {
    return enabledSources(this.current.config).reduce((sum, source) => sum + this.wanted(source).length, 0);
  }

  /** The sources, for metrics and status. */
  get sources(): readonly DocumentSource[] {
    return [...this.all.values()];
  }

  listeners(): readonly ListenerCounts[] {
    return [...this.all.values()].flatMap((one) =>
      one.open.flatMap(({ answers, counts, evicted }) =>
        answers === undefined ? [] : [{ listener: counts.from, answers, evicted: evicted?.() ?? 0 }],
      ),
    );
  }

  /** Number of accepted events that have not been evaluated yet. */
  get waiting(): number {
    let waiting = 0;
    for (const { inbox } of this.all.values()) waiting += inbox.waiting;
    return waiting;
  }

  /** Whether an event is ready to be evaluated. Some events wait until the process that caused them is known. */
  get ready(): boolean {
    for (const { inbox } of this.all.values()) if (inbox.waiting > 0 && !inbox.held) return true;
    return false;
  }

  /** Total number of evaluated events. */
  get events(): number {
    let events = 0;
    for (const { engine } of this.all.values()) events += engine.events;
    return events;
  }

  /**
   * Evaluates queued events for a few milliseconds.
   * @param between called after every few events
   * @returns the number of evaluated events
   */
  drain(between: () => void): number {
    const end = performance.now() + SLICE;
    let evaluated = 0;
    for (let more = true; more && performance.now() < end; ) {
      more = false;
      for (const { engine, inbox } of this.all.values()) {
        if (inbox.waiting === 0) continue;
        const count = engine.drain(STRIDE);
        evaluated += count;
        more ||= count > 0;
        between();
      }
    }
    return evaluated;
  }

  /**
   * Marks all evaluated events for acknowledgement to their senders.
   * @returns a function to call when the alerts of the marked events are in the journal; undefined without new events
   */
  mark(): (() => void) | undefined {
    const marks: (readonly [Inbox, number])[] = [];
    for (const { inbox } of this.all.values()) {
      const { given } = inbox;
      if (given === (this.marked.get(inbox) ?? 0)) continue;
      this.marked.set(inbox, given);
      marks.push([inbox, given]);
    }
    if (marks.length === 0) return undefined;
    return () => {
      for (const [inbox, given] of marks) inbox.settle(given);
    };
  }

  /**
   * Applies new rules immediately. If `sources`, `kubernetes` or the number of origins to open changed, reopens feeds
   * in the background, because an HTTP listener closes only after the events of its pending requests are evaluated.
   * Logs an error if the feeds cannot be opened; the next call then retries.
   */
  apply(next: Pick<Loaded, "config" | "rules">): void {
    const before = this.current;
    const { origins } = this;
    this.current = next;
    for (const { source, engine } of this.all.values()) engine.swap(next.rules.of(source).ruleset);
    const changed = changedKeys(before.config, next.config, ["sources", "kubernetes"]);
    if (!this.hasFailed && changed.length === 0 && this.origins === origins) return;
    this.changing = this.changing.then(() => this.reopen());
  }

  /** Stops accepting events. Accepted events must still be evaluated, since senders wait for the acknowledgement. */
  shut(): Promise<void> {
    this.changing = this.changing.then(() => this.closeFeeds()).then(() => this.largeBodies.flush());
    return this.changing;
  }

  close(): void {
    void this.roles?.close();
    this.largeBodies.flush();
    for (const { inbox } of this.all.values()) inbox.close();
  }

  private async reopen(): Promise<void> {
    await this.closeFeeds();
    try {
      await this.open();
      this.hasFailed = false;
    } catch (error) {
      this.hasFailed = true;
      this.options.log(logLines.receivingEventsFailed(error instanceof Error ? error.message : String(error)));
    }
  }

  private async closeFeeds(): Promise<void> {
    await closeAll([...this.all.values()].flatMap((one) => one.open));
    await this.roles?.close();
    for (const one of this.all.values()) one.open = [];
  }

  /** Watches roles and namespaces in the cluster, if configured. Waits up to {@link LISTING} for the lists. */
  private async openRoles(): Promise<KnownRoles | undefined> {
    const { config } = this.current;
    if (this.roles !== undefined || config.engine.kind === "replay") return this.roles;
    const { log } = this.options;
    try {
      const { configuredCredentials } = await import("../../transport/kubernetes/configured.ts");
      const credentials = await configuredCredentials(config.kubernetes, process.env);
      if (credentials === undefined) return undefined;
      const { watchRoles } = await import("./known-roles.ts");
      this.roles = watchRoles(credentials, config.kubernetes, log);
      await Promise.race([this.roles.ready, wait(LISTING, undefined, { ref: false })]);
    } catch (error) {
      log(logLines.rolesUnusable(error instanceof Error ? error.message : String(error)));
    }
    return this.roles;
  }

  private async one(source: string): Promise<One> {
    const known = this.all.get(source);
    if (known !== undefined) return known;
    const { machine, match, arrived } = this.options;
    const joiner = await this.joinerFor(source);
    const hold = joiner?.isKnown && { hold: holdUntilKnown(joiner.isKnown) };
    const { identify } = await readerFor(this.current.config, source);
    const limits = { most: MAX_WAITING, mostBytes: MAX_WAITING_BYTES, arrived, ...hold };
    const inbox = openInbox(source, { ...limits, ...(identify && { identify, ...(await this.identitiesOf(source)) }) });
    const engine = new DocumentEngine(
      inbox,
      joiner?.machine ?? machine,
      this.current.rules.of(source).ruleset,
      (rule, event) => match(this.current.rules.of(source), rule, event),
      hasSessions(source) ? (event) => processAuditEvent(machine, event.document) : joiner?.join,
    );
    const one: One = {
      ...{ source, inbox, engine },
      open: [],
      get waiting() {
        return inbox.waiting;
      },
      get forgotten() {
        return inbox.forgotten;
      },
      get joined() {
        return joiner === undefined ? undefined : engine.joined;
      },
      get feeds() {
        return this.open.map(({ counts }) => counts);
      },
    };
    this.all.set(source, one);
    return one;
  }

  /**
   * Opens the log of event identities if events are read from files. After a crash, a file may be read again from an
   * older position; the identities on disk are used to detect these repeated events.
   */
  private async identitiesOf(source: string): Promise<Pick<InboxLimits, "identities" | "remembered">> {
    const { config } = this.current;
    const [{ openIdentityLog }, { LOGGED, MOST_IF_SMALL }] = await Promise.all([
      import("../../source/identity-log.ts"),
      import("../../source/repeated.ts"),
    ]);
    const remembered = this.options.memory?.isSmall ? MOST_IF_SMALL : undefined;
    if (!originsOf(config, source).some(({ kind }) => kind === "file")) return { remembered };
    return { remembered, identities: openIdentityLog(`${positionsFile(config)}.${source}`, LOGGED) };
  }

  /**
   * Returns the joiner that finds the process of an event, by the network flow or by the process that the event
   * identifies.
   */
  private async joinerFor(source: string): Promise<(Pick<Joiner, "machine" | "join"> & Partial<Joiner>) | undefined> {
    if (hasProcesses(source)) return this.attributing();
    if (!this.options.joins || !hasFlows(source)) return undefined;
    this.joiner ??= makeJoiner(this.options.machine);
    return this.joiner;
  }

  private async attributing(): Promise<Pick<Joiner, "machine" | "join">> {
    const [{ Attribution }, { openLineageJoiner }] = await Promise.all([
      import("../../source/file-integrity/attribution.ts"),
      import("../../machine/join.ts"),
    ]);
    const { machine, oldestUnread } = this.options;
    const attribution = new Attribution(machine, oldestUnread);
    this.attribution = attribution;
    return openLineageJoiner(machine, (document) => attribution.lineageOf(document));
  }
}

/** Updates exec sessions and the users who created pods from an audit event. */
function processAuditEvent({ sessions, creators }: Machine, event: Document["value"] | undefined): void {
  if (event === undefined) return;
  sessions?.audit(event);
  creators?.audit(event);
}

async function makeJoiner(machine: Machine): Promise<Joiner> {
  const { openJoiner } = await import("../../machine/join.ts");
  if (!machine.isLive) return openJoiner(machine);
  const { openSocketEnds } = await import("../../source/syscall/proc/socket-ends.ts");
  return openJoiner(machine, { lookAtSockets: () => openSocketEnds(hostRoot) });
}

/** Whether an origin is a default directory of this machine, rather than a path from the configuration. */
function isAutomatic(origin: Origin): boolean {
  return origin.kind === "watch" && origin.isAutomatic;
}
