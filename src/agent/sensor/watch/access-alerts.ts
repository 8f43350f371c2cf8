import { fromByteString } from "../../../event/bytes.ts";
import { EventCode } from "../../../event/code.ts";
import type { Machine } from "../../../machine/machine.ts";
import type { Observed } from "../../../machine/observed.ts";
import type { Thread } from "../../../machine/thread.ts";
import { count } from "../../../telemetry/log-lines.ts";
import { type Access, accessOf, type Own, OwnFiles, objectAccess, signalAccess } from "./access.ts";
import type { WatchContext } from "./context.ts";
import { JournalFiles } from "./journal-files.ts";
import { processFields } from "./process-fields.ts";
import { Repeats } from "./repeats.ts";

/** Kinds of notes that the probe sends as events: `enum note` in probe/sensor.bpf.c. */
export const Note = { CANARY: 1, SIGNAL: 2, OBJECT: 3 } as const;

/** Maximum number of ancestors of the agent to examine. */
const MAX_GENERATIONS = 32;

/** Raises alerts when other processes access the agent. */
export class AccessAlerts {
  private readonly own: Own;
  private readonly machine: Machine;
  private readonly context: WatchContext;
  private readonly files: OwnFiles;
  private readonly journal: JournalFiles | undefined;
  private readonly repeats = new Repeats();

  /** @param journal the path of the journal; undefined if the journal is not on disk */
  constructor(own: Own, machine: Machine, context: WatchContext, journal: string | undefined) {
    this.own = own;
    this.machine = machine;
    this.context = context;
    this.files = new OwnFiles(own.hostRoot);
    this.journal = journal === undefined ? undefined : new JournalFiles(journal);
  }

  /** Raises an alert if an event is an access to the agent and not a canary. */
  see(event: Observed): void {
    if (event.type !== EventCode.SCAPEVENT_E) {
      const access = accessOf(event, this.own, this.files) ?? this.journalAccess(event);
      if (access !== undefined) this.raise(access, event.thread);
      return;
    }
    const thread = this.machine.threads.get(event.tid);
    if (thread?.pid === this.own.pid) return;
    const value = event.bigU64(1);
    const [low, high] = [Number(value & 0xffffffffn), Number(value >> 32n)];
    const access =
      event.u32(0) === Note.SIGNAL ? signalAccess(low, thread, this.parents()) : objectAccess(low, high, this.own);
    if (access !== undefined) this.raise(access, thread);
  }

  private journalAccess(event: Observed): Access | undefined {
    return event.thread?.pid === this.own.pid ? undefined : this.journal?.accessOf(event);
  }

  /** Raises an alert if the agent was moved to another cgroup. */
  check(): void {
    const cgroup = this.files.moved();
    if (cgroup === undefined) return;
    this.context.raise({
      rule: RULE,
      priority: "Warning",
      message: `The agent was moved to the cgroup ${cgroup}.`,
      fields: { "eyas.cgroup": cgroup },
    });
  }

  private raise({ priority, what }: Access, thread: Thread | undefined): void {
    const name = thread === undefined ? "An unknown process" : fromByteString(thread.comm) || `Process ${thread.pid}`;
    const earlier = this.repeats.take(`${what}\0${thread?.exepath ?? ""}`, performance.now());
    if (earlier === undefined) return;
    const more = earlier === 0 ? "" : ` (and ${count(earlier, "more time")} in the last minute)`;
    this.context.raise({
      rule: RULE,
      priority,
      message: `${name} ${what}${more}.`,
      fields: {
        "eyas.access": what,
        "eyas.repeats": earlier,
        ...(thread !== undefined && processFields(thread)),
      },
    });
  }

  /** Process IDs of the agent's ancestors. */
  private parents(): ReadonlySet<number> {
    const parents = new Set<number>();
    let thread = this.machine.threads.get(this.own.pid);
    while (thread !== undefined && parents.size < MAX_GENERATIONS && thread.ptid > 0 && !parents.has(thread.ptid)) {
      parents.add(thread.ptid);
      thread = this.machine.threads.get(thread.ptid);
    }
    return parents;
  }
}

const RULE = "Eyas internal: access to the agent";
