import type { DrillAction, Need, Stage } from "../action.ts";
import { type Flow, type FlowOwner, LINK_LOCAL, METADATA_SERVICE, openFlow, REMOTE } from "./flow.ts";

/** A packet that a firewall logged. */
interface Packet {
  readonly action?: "allowed" | "blocked";
  /** Parts of the flow that differ from {@link REMOTE}. */
  readonly flow?: Partial<Flow>;
  /** Process on this machine that owns the flow. Default: none. */
  readonly owner?: FlowOwner;
  /** Additional keys of ulogd2. */
  readonly more?: object;
}

interface FirewallAction extends Pick<DrillAction, "name" | "rule" | "does" | "also"> {
  readonly packet: Packet;
  readonly twin: readonly [does: string, packet: Packet];
  readonly needs?: readonly Need[];
}

const DRILL = "eyas-drill";
const TCP = 6;
const HOOK_INPUT = 1;
const ALLOWED = "Reports that the connection was allowed.";

const port = (dest_port: number, action: "allowed" | "blocked", src_ip = REMOTE.src_ip): Packet => ({
  action,
  flow: { src_ip, dest_port },
});
const owned = (owner: FlowOwner, action: "allowed" | "blocked"): Packet => ({ action, owner });

const actions: readonly FirewallAction[] = [
  {
    name: "fw-administration",
    rule: "External connection to administration port allowed",
    does: "Reports that an external connection to port 22 was allowed.",
    packet: port(22, "allowed"),
    twin: ["Reports that an external connection to port 443 was allowed.", port(443, "allowed")],
  },
  {
    name: "fw-administration-stopped",
    rule: "External connection to administration port blocked",
    does: "Reports that an external connection to port 22 was blocked.",
    packet: port(22, "blocked"),
    twin: ["Reports that an external connection to port 443 was blocked.", port(443, "blocked")],
  },
  {
    name: "fw-lateral",
    rule: "Internal connection to administration port blocked",
    does: "Reports that a connection from a link-local address to port 22 was blocked.",
    packet: port(22, "blocked", LINK_LOCAL),
    twin: [
      "Reports that a connection from a link-local address to port 443 was blocked.",
      port(443, "blocked", LINK_LOCAL),
    ],
  },
  {
    name: "fw-tool",
    rule: "Shell or network tool blocked by firewall",
    does: "Reports that a connection from a program called curl was blocked.",
    packet: owned({ as: "curl" }, "blocked"),
    twin: [ALLOWED, owned({ as: "curl" }, "allowed")],
  },
  {
    name: "fw-container",
    rule: "Container connection blocked by firewall",
    does: "Reports that a connection from a program in a container's cgroup was blocked.",
    packet: owned({ as: "report", container: "docker" }, "blocked"),
    twin: [ALLOWED, owned({ as: "report", container: "docker" }, "allowed")],
    needs: ["root", "cgroup"],
  },
  {
    name: "fw-host-program",
    rule: "Host program connection blocked by firewall",
    does: "Reports that a connection from a program outside containers was blocked.",
    packet: owned({ as: "report", container: "host" }, "blocked"),
    twin: [ALLOWED, owned({ as: "report", container: "host" }, "allowed")],
    needs: ["root", "cgroup", "host"],
  },
  {
    name: "fw-metadata-service",
    rule: "Cloud metadata connection from container allowed",
    does: "Reports that a connection from a program in a container's cgroup to the cloud metadata service was allowed.",
    packet: owned({ as: "report", container: "docker", address: METADATA_SERVICE }, "allowed"),
    twin: [
      "Reports an allowed connection to another link-local address.",
      owned({ as: "report", container: "docker", address: LINK_LOCAL }, "allowed"),
    ],
    needs: ["root", "cgroup"],
  },
  {
    name: "fw-spoofed",
    rule: "Packet received with spoofed loopback address",
    does: "Reports a packet with a loopback source address on a network interface other than lo.",
    packet: { flow: { src_ip: "127.0.0.9" } },
    twin: [
      "Reports the packet on the loopback interface.",
      { flow: { src_ip: "127.0.0.9" }, more: { "oob.in": "lo" } },
    ],
  },
  {
    name: "fw-flags",
    rule: "TCP packet received with invalid flags",
    does: "Reports a packet with SYN and FIN.",
    packet: { more: { "tcp.syn": 1, "tcp.fin": 1 } },
    twin: ["Reports a packet with SYN.", { more: { "tcp.syn": 1 } }],
  },
  {
    name: "fw-mail",
    rule: "Direct outbound SMTP connection",
    does: "Reports that a connection to an external mail server was allowed.",
    packet: port(25, "allowed"),
    twin: ["Reports that a connection to the mail submission port was allowed.", port(587, "allowed")],
  },
];

/** Sends a packet record in the format of ulogd2. */
async function sendPacket(stage: Stage, mark: string, { action, flow, owner, more }: Packet): Promise<void> {
  const ends = owner === undefined ? { ...REMOTE, ...flow } : await openFlow(stage, owner);
  await stage.send({
    timestamp: new Date().toISOString(),
    dvc: DRILL,
    "oob.family": 2,
    "oob.prefix": mark,
    "oob.hook": HOOK_INPUT,
    "oob.in": owner === undefined ? DRILL : "lo",
    "ip.protocol": TCP,
    ...ends,
    ...(action && { action }),
    ...more,
  });
}

const packetActions = actions.map(
  ({ packet, twin, needs = [], name, ...action }): DrillAction => ({
    ...described(name, twin[0]),
    ...action,
    needs: ["endpoint", ...needs],
    shows: { "fw.prefix": `${DRILL} ${name}` },
    act: (stage) => sendPacket(stage, `${DRILL} ${name}`, packet),
    benign: (stage) => sendPacket(stage, `${DRILL} ${name}-benign`, twin[1]),
  }),
);

function described(name: string, twin: string) {
  return {
    name,
    source: "firewall",
    harmless: "The event is synthetic: no firewall logged it, and the event names the drill as its device.",
    cleanUp: "No files or processes remain.",
    twin,
    needs: ["endpoint"],
  } as const;
}

/** Returns the record of a closed connection in the format of ulogd2. */
const connection = (bytes: number): object => ({
  timestamp: new Date().toISOString(),
  dvc: DRILL,
  "ct.event": 4,
  "orig.ip.protocol": TCP,
  ...REMOTE,
  "orig.raw.pktlen": bytes,
  "reply.raw.pktlen": 100,
});

/** A log line from a firewall appliance. */
const appliance = (name: string, severity: number): object => ({
  message: `CEF:0|Eyas|${DRILL}|1|${name}|Drill|${severity}|src=${REMOTE.src_ip} dst=${REMOTE.dest_ip} proto=TCP`,
});

/** Actions that send firewall events. */
export const firewallActions: readonly DrillAction[] = [
  ...packetActions,
  {
    ...described("fw-large-transfer", "Reports a transfer of 100 bytes."),
    rule: "Large data transfer through firewall",
    does: "Reports a transfer of 2 GiB to an address that is reserved for documentation.",
    shows: { "net.src.ip": REMOTE.src_ip, "net.dst.ip": REMOTE.dest_ip },
    act: (stage) => stage.send(connection(2 ** 31)),
    benign: (stage) => stage.send(connection(100)),
  },
  {
    ...described("fw-appliance", "Reports an event with severity 3."),
    rule: "High-severity event reported by appliance",
    does: "Reports an event with severity 9 from an appliance.",
    shows: { "fw.product": DRILL, "fw.id": "fw-appliance" },
    act: (stage) => stage.send(appliance("fw-appliance", 9)),
    benign: (stage) => stage.send(appliance("fw-appliance-benign", 3)),
  },
];
