import type { Document } from "../../event/document.ts";
import { IpNumber } from "../../event/flow.ts";
import { actionOf } from "./action.ts";
import { firewallDocument, MAX_PORT, whole } from "./event.ts";
import type { Headed } from "./syslog-head.ts";

/** Program name, followed by comma-separated values that begin with a rule number. */
const START = /^filterlog(?:\[[0-9]{1,10}\])?: ([0-9]*,.*)$/;
const PROGRAM = "filterlog";

/** Indexes of the values in a line, by IP version. The first nine values are the same for all versions. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  "4": { ttl: 11, protocol: 15, length: 17, source: 18, destination: 19, rest: 20 },
  "6": { ttl: 11, protocol: 13, length: 14, source: 15, destination: 16, rest: 17 },
};

interface Layout {
  readonly ttl: number;
  readonly protocol: number;
  readonly length: number;
  readonly source: number;
  readonly destination: number;
  readonly rest: number;
}

const HOOKS: Readonly<Record<string, string>> = { in: "input", out: "output" };

const FLAGS: Readonly<Record<string, string>> = { S: "SYN", A: "ACK", F: "FIN", R: "RST", P: "PSH", U: "URG" };

const WITH_PORTS: ReadonlySet<number> = new Set([IpNumber.TCP, IpNumber.UDP]);

/** Parses a line of the packet filter log of pfSense or OPNsense; undefined for any other line. */
export function readFilterlog({ time, host, program, rest }: Headed, received: bigint): Document | undefined {
  const line = program === PROGRAM ? rest : START.exec(rest)?.[1];
  if (line === undefined) return undefined;
  const values = line.split(",");
  const [rule, , anchor, tracker, by, , action, direction, version] = values;
  const layout = version === undefined ? undefined : LAYOUTS[version];
  if (layout === undefined) return undefined;
  const protocol = whole(values[layout.protocol], 255);
  const hasPorts = protocol !== undefined && WITH_PORTS.has(protocol);
  const { rest: at } = layout;
  const flags = protocol === IpNumber.TCP ? [...(values[at + 3] ?? "")].flatMap((flag) => FLAGS[flag] ?? []) : [];
  const hook = HOOKS[direction ?? ""];
  return firewallDocument({
    time: time ?? received,
    ends: {
      source: values[layout.source],
      destination: values[layout.destination],
      sourcePort: hasPorts ? whole(values[at], MAX_PORT) : undefined,
      destinationPort: hasPorts ? whole(values[at + 1], MAX_PORT) : undefined,
      protocol,
    },
    fw: {
      event: "packet",
      action: actionOf(action),
      chain: anchor,
      rule: tracker === undefined || tracker === "" || tracker === "0" ? rule : tracker,
      hook,
      in: hook === "input" ? by : undefined,
      out: hook === "output" ? by : undefined,
      length: whole(values[layout.length]),
      ttl: whole(values[layout.ttl], 255),
      tcp_flags: flags.length === 0 ? undefined : flags,
      host,
    },
    raw: rest,
  });
}
