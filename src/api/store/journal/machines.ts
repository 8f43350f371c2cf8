import { everything } from "../../filter/filter.ts";
import { bareMachine, isoTime } from "../../machines/shown-machine.ts";
import type { Machine } from "../../schemas/machine.ts";
import type { MachineList, Store } from "../store.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import type { OpenJournal } from "./open-journal.ts";
import { ownMachine } from "./own-machine.ts";
import { eachBlock, type Reach } from "./tallies.ts";

const MAX_MACHINES = 10_000;
const NOTE =
  "States of other machines are known only with a store of the fleet (web_page.store). The list contains the machines whose alerts this machine has received.";

/** This machine, and the machines whose alerts it has received. */
export function machineMethods(journal: OpenJournal): Pick<Store, "machines" | "machineHistory"> {
  const { connected, cached } = journal;
  return {
    async machines(own) {
      const connection = connected();
      const { senders, reach } =
        connection === undefined
          ? { senders: new Map<string, Sender>(), reach: undefined }
          : cached(connection, ["machines"], () => sendersIn(connection));
      const others: Machine[] = [];
      for (const [hostname, { alerts, last, isReceived }] of senders)
        if (isReceived && hostname !== own.hostname && others.length < MAX_MACHINES)
          others.push(otherMachine(hostname, alerts, last));
      const sender = senders.get(own.hostname);
      const self = { ...ownMachine(own), alerts: sender?.alerts ?? 0, lastAlert: isoTime(sender?.last) };
      const complete = reach === undefined && senders.size <= MAX_MACHINES;
      return { source: "journal", note: NOTE, machines: [self, ...others], complete } satisfies MachineList;
    },
    machineHistory: async () => ({ interval: 0, history: [] }),
  };
}

function otherMachine(hostname: string, alerts: number, last: number): Machine {
  const bare = bareMachine(hostname, hostname, { state: "unknown", since: null, reason: "" });
  return { ...bare, alerts, lastAlert: isoTime(last), seen: isoTime(last) };
}

/** Alerts with a host name. */
interface Sender {
  readonly alerts: number;
  /** Time of the last alert in milliseconds since the epoch. */
  readonly last: number;
  /** Whether the last alert was received from another machine. */
  readonly isReceived: boolean;
}

/** Alerts by host name. */
function sendersIn(connection: Connection): {
  readonly senders: ReadonlyMap<string, Sender>;
  readonly reach: Reach;
} {
  const counts = new Map<number, { alerts: number; last: number; newest: number }>();
  const at = columnIndex("hostname");
  const reach = eachBlock(connection, everything, ({ block, mask }) => {
    const hosts = block.column(at);
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const host = hosts.values[hosts.get(i)] ?? 0;
      const count = counts.get(host);
      const time = block.time[i] ?? 0;
      if (count === undefined) {
        if (counts.size <= MAX_MACHINES) counts.set(host, { alerts: 1, last: time, newest: block.base + i });
        continue;
      }
      count.alerts++;
      count.last = Math.max(count.last, time);
      count.newest = Math.max(count.newest, block.base + i);
    }
  });
  const { decoder, search } = connection;
  const senders = [...counts].map(([host, { alerts, last, newest }]): [string, Sender] => [
    decoder.word(host),
    { alerts, last: Math.floor(last / 1000), isReceived: search.alert(newest)?.received === true },
  ]);
  return { senders: new Map(senders), reach };
}
