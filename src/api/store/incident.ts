import type { JournalAlert } from "../../alert/entry.ts";
import { isoText } from "../../field/time.ts";
import type { Incident, IncidentAlert, IncidentObject, IncidentProcess } from "../schemas/incident.ts";
import { MAX_OBJECTS_PER_ALERT, objectsOf } from "./incident-objects.ts";
import type { TreeProcess } from "./store.ts";

/** Maximum number of alerts, processes and objects in an incident. */
export const MAX_INCIDENT_ALERTS = 400;
const MAX_PROCESSES = 800;
const MAX_OBJECTS = 400;
/** Maximum length of names and of longer texts, in characters. */
export const MAX_NAME = 300;
const MAX_TEXT = 1000;

export type IncidentRelation = NonNullable<IncidentAlert["relation"]>;

/** An alert of an incident. */
export interface IncidentMember {
  readonly alert: JournalAlert;
  /** The process that caused the alert and its ancestors, root first; empty if unknown. */
  readonly tree: readonly TreeProcess[];
  /** Relation to the alert of the incident; undefined for this alert itself. */
  readonly relation?: IncidentRelation;
}

/**
 * The incident of an alert: the alert and related alerts, with their processes as one tree, and their objects.
 * @param others related alerts, closest first; alerts beyond the limit are omitted
 * @param more whether there are more related alerts
 */
export function incidentOf(subject: IncidentMember, others: readonly IncidentMember[], more: boolean): Incident {
  const members = [subject, ...others.slice(0, MAX_INCIDENT_ALERTS - 1)];
  const processes = new Processes();
  const objects = new Objects();
  // Lineages with start times are added first, because processes without a start time are identified by a known process
  // with the same PID.
  const timed = (member: IncidentMember): number => (member.tree.some(({ time }) => time !== undefined) ? 0 : 1);
  const order = members.toSorted((a, b) => timed(a) - timed(b));
  const processOf = new Map(order.map((member) => [member, processes.add(member.alert, member.tree)] as const));
  const alerts = members.map((member) => {
    const { alert, relation } = member;
    const { id, rule, priority, source } = alert;
    const process = processOf.get(member);
    return {
      ...{ id, time: isoText(alert.time, "Z"), rule: shortened(rule, MAX_NAME), priority, source },
      output: shortened(alert.message, MAX_TEXT),
      ...(relation !== undefined && { relation }),
      ...(process !== undefined && { process }),
      objects: objects.of(alert),
    };
  });
  alerts.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return {
    alert: subject.alert.id,
    processes: processes.list,
    objects: objects.list,
    alerts,
    more: more || others.length >= MAX_INCIDENT_ALERTS,
    omitted: { processes: processes.omitted, objects: objects.omitted },
  };
}

/** Processes of several lineages. A process is identified by host, PID and start time. */
class Processes {
  readonly list: IncidentProcess[] = [];
  omitted = 0;
  private readonly positions = new Map<string, number>();
  /** The last process with a PID, for processes without a start time. */
  private readonly byPid = new Map<string, number>();

  /** @returns the position of the last process of the lineage; undefined if the lineage is empty or beyond the limit */
  add({ hostname, received }: JournalAlert, tree: readonly TreeProcess[]): number | undefined {
    // A received alert may name any host and PID. Processes of received alerts must not be merged with processes of
    // this machine.
    const host = `${received ? "received" : "own"} ${hostname}`;
    let parent: number | undefined;
    let path = host;
    for (const process of tree) {
      const key = `${host}\n${process.pid}\n${process.time ?? ""}`;
      // Without a PID, a process is identified by its position in the tree.
      path = process.pid > 0 ? key : `${path}\n${process.name}`;
      const known = this.find(path, host, process);
      if (known === undefined && this.list.length >= MAX_PROCESSES) {
        this.omitted++;
        return undefined;
      }
      if (known !== undefined && parent !== undefined) this.adopt(known, parent);
      parent = known ?? this.append(path, host, { ...process, hostname }, parent);
    }
    return parent;
  }

  private find(path: string, host: string, { pid, time }: TreeProcess): number | undefined {
    const known = this.positions.get(path);
    return known === undefined && time === undefined && pid > 0 ? this.byPid.get(`${host}\n${pid}`) : known;
  }

  /** Sets the parent of a process without a known parent, unless this would create a cycle. */
  private adopt(child: number, parent: number): void {
    const process = this.list[child];
    if (process === undefined || process.parent !== undefined) return;
    for (let at: number | undefined = parent; at !== undefined; at = this.list[at]?.parent) if (at === child) return;
    this.list[child] = { ...process, parent };
  }

  private append(
    path: string,
    host: string,
    process: TreeProcess & { readonly hostname: string },
    parent: number | undefined,
  ): number {
    const { pid, name, cmdline, exepath, user, time, hostname } = process;
    const position = this.list.length;
    this.list.push({
      ...(parent !== undefined && { parent }),
      ...{ pid, name: shortened(name, MAX_NAME), cmdline: shortened(cmdline, MAX_TEXT) },
      ...(exepath !== undefined && { exepath: shortened(exepath, MAX_TEXT) }),
      ...(user !== undefined && { user: shortened(user, MAX_NAME) }),
      ...(time !== undefined && { time }),
      hostname: shortened(hostname, MAX_NAME),
    });
    this.positions.set(path, position);
    if (pid > 0) this.byPid.set(`${host}\n${pid}`, position);
    return position;
  }
}

/** Objects of several alerts, each listed once. */
class Objects {
  readonly list: IncidentObject[] = [];
  omitted = 0;
  private readonly positions = new Map<string, number>();

  /** The positions of an alert's objects. */
  of(alert: JournalAlert): number[] {
    const all = objectsOf(alert);
    this.omitted += Math.max(0, all.length - MAX_OBJECTS_PER_ALERT);
    return all.slice(0, MAX_OBJECTS_PER_ALERT).flatMap(({ kind, name }) => {
      const short = shortened(name, MAX_TEXT);
      const known = this.positions.get(`${kind} ${short}`);
      if (known !== undefined) return [known];
      if (this.list.length >= MAX_OBJECTS) {
        this.omitted++;
        return [];
      }
      this.positions.set(`${kind} ${short}`, this.list.length);
      return [this.list.push({ kind, name: short }) - 1];
    });
  }
}

/** Shortens a text to a number of characters, including a final ellipsis. Does not split characters. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
