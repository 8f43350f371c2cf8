import { aboutFields, aboutOf } from "../../alert/about.ts";
import type { JournalAlert } from "../../alert/entry.ts";
import { type Priority, priorities } from "../../rule/rule.ts";
import type { Flows } from "../schemas/flow.ts";
import { aboutConditions, comparison } from "./group-query.ts";
import { fieldReader } from "./pod-relations.ts";

/** Maximum number of flows to count. Limited because an attacker can connect to any number of addresses and ports. */
const MAX_FLOWS = 5000;

type Flow = Flows["flows"][number];

/** The remote end of a connection of a workload. */
interface Remote {
  readonly address: string;
  /** The remote port; 0 if the port is unknown or differs between connections. */
  readonly port: number;
  readonly name: string;
  readonly query: string;
}

/** Fields from which the remote end is read, in order of preference. Ports of clients differ between connections. */
const ENDS: readonly { readonly address: string; readonly port?: string; readonly isServer?: true }[] = [
  { address: "net.dst.ip", port: "net.dst.port" },
  { address: "fd.cip", isServer: true },
  { address: "fd.rip", port: "fd.rport" },
  { address: "fd.sip", port: "fd.sport" },
];

/** Fields without which an alert has no flow. */
export const flowFields: readonly string[] = [...ENDS.map(({ address }) => address), "fd.name"];

const ADDRESS = /^[0-9a-fA-F.:]{2,45}$/;
/** Matches the name of a connection, such as `10.0.0.1:4000->10.0.0.2:443`. The server's end is on the right. */
const CONNECTION = /^[0-9a-fA-F.:]{2,60}->([0-9a-fA-F.:]{2,45}):(\d{1,5})$/;

function remoteOf(field: (name: string) => string): Remote | undefined {
  for (const { address: name, port: portName, isServer } of ENDS) {
    const address = field(name);
    if (!ADDRESS.test(address) || (isServer && field("fd.is_server") !== "true")) continue;
    const port = portName === undefined ? 0 : portIn(field(portName));
    const conditions = [
      comparison(name, address),
      ...(isServer ? ["fd.is_server = true"] : []),
      ...(portName !== undefined && port > 0 ? [comparison(portName, String(port))] : []),
    ];
    return { address, port, name: field(`${name}.name`), query: conditions.join(" and ") };
  }
  const name = field("fd.name");
  const [, address, port = ""] = CONNECTION.exec(name) ?? [];
  if (address === undefined) return undefined;
  const end = name.slice(name.indexOf("->"));
  return { address, port: portIn(port), name: "", query: comparison("fd.name", end, "endswith") };
}

function portIn(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

/** The workload, program or address at the other end, with the query that selects its alerts. */
function localOf(alert: JournalAlert, field: (name: string) => string): Flow["from"] {
  const source = field("net.src.ip");
  const about = aboutOf(alert) ?? (ADDRESS.test(source) ? { field: "net.src.ip", value: source } : undefined);
  return {
    field: about?.field ?? "",
    value: about?.value ?? "",
    query: aboutConditions(about, aboutFields).join(" and "),
  };
}

/** Adds up alerts by workload and remote end, in bounded memory. */
export class FlowTally {
  private readonly flows = new Map<string, { -readonly [Key in keyof Flow]: Flow[Key] }>();
  private alerts = 0;
  private uncounted = 0;

  /** Adds an alert, if it has a connection. Alerts are added from the newest to the oldest. */
  add(alert: JournalAlert): void {
    const field = fieldReader(alert);
    const to = remoteOf(field);
    if (to === undefined) return;
    this.alerts++;
    const from = localOf(alert, field);
    const key = JSON.stringify([from.field, from.value, to.query]);
    const known = this.flows.get(key);
    if (known !== undefined) {
      known.count++;
      known.priority = worse(known.priority, alert.priority);
      if (known.to.name === "") known.to = to;
      return;
    }
    if (this.flows.size === MAX_FLOWS) {
      this.uncounted++;
      return;
    }
    const last = new Date(Number(alert.time / 1_000_000n)).toISOString();
    this.flows.set(key, { from, to, count: 1, priority: alert.priority, last });
  }

  /** The flows with the most severe priority and the most alerts first. */
  answer(limit: number): Pick<Flows, "flows" | "alerts" | "omitted"> {
    const sorted = [...this.flows.values()].sort(
      (one, other) => rank(one.priority) - rank(other.priority) || other.count - one.count,
    );
    const omitted = sorted.slice(limit).reduce((sum, { count }) => sum + count, this.uncounted);
    return { flows: sorted.slice(0, limit), alerts: this.alerts, omitted };
  }
}

function rank(priority: Priority): number {
  return priorities.indexOf(priority);
}

function worse(one: Priority, other: Priority): Priority {
  return rank(one) <= rank(other) ? one : other;
}
